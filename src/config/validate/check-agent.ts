import type { DocumentScope } from '../parse.ts';
import { parseConfigDocument } from '../parse.ts';
import { checkRules } from '../rules.ts';
import { Secret } from '../secret.ts';
import type { Setting } from '../setting.ts';
import type { Findings } from './finding.ts';

/** Checks a configuration of Replicator's own. Files that it names are not looked at: they are elsewhere. */
export function checkAgent(
  { text, file, scope }: { readonly text: string; readonly file: string; readonly scope: DocumentScope },
  findings: Findings,
): void {
  const { settings, faults } = parseConfigDocument(text, file, scope);
  findings.addFaults(faults);
  if (faults.length > 0) return;
  const given = new Map(settings.map((setting) => [setting.key, { ...setting, value: valueOf(setting) }]));
  findings.addFaults(checkRules(given));
}

function valueOf(setting: Setting) {
  return setting.kind === 'value' ? setting.value : new Secret('');
}
