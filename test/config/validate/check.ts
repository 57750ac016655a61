import { createHcl2Reader } from '../../../cmd/validate/read-hcl2.ts';
import { checkDocument, type DocumentReport } from '../../../src/config/validate/check-document.ts';
import type { DocumentKind } from '../../../src/config/validate/document-kind.ts';
import { formatFinding } from '../../../src/config/validate/finding.ts';

const readHcl2 = createHcl2Reader();

/** The report of a document named `x`. */
export function reportOn(text: string, kind?: DocumentKind): DocumentReport {
  return checkDocument({ file: 'x', text, kind, readHcl2 });
}

/** What is found in a document, as people read it, without the name of the file. */
export function findingsIn(text: string, kind?: DocumentKind): string[] {
  return reportOn(text, kind).findings.map((finding) => formatFinding(finding).replace(/^x:/, ''));
}

/** The meta of a good policy; what is given replaces or, with undefined, removes a key. */
export function policyMeta(
  change: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const meta = {
    replicator_enabled: 'true',
    replicator_min: '2',
    replicator_max: '10',
    replicator_scalein_cpu: '30',
    replicator_scaleout_cpu: '80',
    ...change,
  };
  const given = Object.entries(meta).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return Object.fromEntries(given);
}

/** A job with one group `api`, its meta beginning on line 5; values are written as they are given. */
export function jobFile(
  meta: Readonly<Record<string, string>>,
  more: { readonly job?: string; readonly group?: string } = {},
): string {
  const lines = Object.entries(meta).map(([key, value]) => `      ${key} = ${value}`);
  return [
    'job "web" {',
    `  ${more.job ?? 'type = "service"'}`,
    '  group "api" {',
    `    ${more.group ?? 'count = 3'}`,
    '    meta {',
    ...lines,
    '    }',
    '  }',
    '  update { max_parallel = 1 }',
    '}',
    '',
  ].join('\n');
}

/** The same job as Nomad's API gives it. */
export function apiJob(
  meta: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const group = { Name: 'api', Count: 3, Meta: meta, Update: { MaxParallel: 1 }, Tasks: [] };
  return JSON.stringify(
    { ID: 'web', Type: 'service', Meta: null, TaskGroups: [group], ...more },
    undefined,
    1,
  );
}
