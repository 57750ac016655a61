import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readHcl } from '../../src/config/hcl.ts';
import type { TreeNode, TreeValue } from '../../src/config/tree.ts';
import type { Policy } from '../../src/simulator/nomad/acl.ts';

/** A file of `jobs/`. */
export function readJobsFile(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../jobs/${name}`, import.meta.url)), 'utf8');
}

/** The text without that line, which it must have once. */
export function withoutLine(text: string, line: string): string {
  const lines = text.split('\n');
  if (lines.filter((one) => one.trim() === line).length !== 1) throw new Error(`not one line: ${line}`);
  return lines.filter((one) => one.trim() !== line).join('\n');
}

/** The lines of a policy whose rules have one line each. */
export function ruleLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^\w.*\{.*\}$/.test(line));
}

function memberOf(value: TreeValue, key: string): TreeValue | undefined {
  return value.kind === 'object' ? value.members.find((member) => member.key === key)?.value : undefined;
}

function textOf(value: TreeValue | undefined): string | undefined {
  return value?.kind === 'text' ? value.text : undefined;
}

function grantsOf({ value }: TreeNode): unknown {
  const listed = memberOf(value, 'capabilities');
  if (listed?.kind === 'list') return listed.items.map((item) => textOf(item));
  return textOf(memberOf(value, 'policy'));
}

/** A Nomad policy as the simulated Nomad takes it. */
export function nomadPolicyOf(hcl: string): Policy {
  const { nodes, faults } = readHcl(hcl);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const namespaces = nodes.filter(({ key }) => key === 'namespace');
  const node = nodes.find(({ key }) => key === 'node');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- words of Nomad's policies, checked by the tests
  return {
    namespaces: Object.fromEntries(namespaces.map((one) => [one.labels[0] ?? '', grantsOf(one)])),
    ...(node && { node: grantsOf(node) }),
  } as Policy;
}
