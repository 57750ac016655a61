import { readHcl } from '../../src/config/hcl.ts';
import { readJson } from '../../src/config/json.ts';
import type { TreeNode } from '../../src/config/tree.ts';
import { blocksOf, scalarOf } from '../../src/config/validate/nodes.ts';

/** What policies of Nomad allow, all of them taken together. */
export interface NomadRules {
  /** True when the namespace's rules have the capability. */
  allows(namespace: string, capability: string): boolean;
  /** `deny`, `read` or `write`; '' where nothing is said, which denies. */
  readonly node: string;
}

/** What the policies of a namespace stand for, as far as it matters here. */
const READ = ['list-jobs', 'read-job'];
const GRANTS: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  list: ['list-jobs'],
  read: READ,
  write: [...READ, 'submit-job', 'scale-job'],
  scale: ['scale-job'],
};

/** Reads the rules of policies, HCL or JSON; undefined where one cannot be read. */
export function readNomadRules(texts: readonly string[]): NomadRules | undefined {
  const trees = texts.map((text) => (/^\s*\{/.test(text) ? readJson(text) : readHcl(text)));
  if (trees.some(({ faults }) => faults.length > 0)) return undefined;
  const namespaces = new Map<string, Set<string>>();
  for (const { labels, members } of trees.flatMap(({ nodes }) => blocksOf(nodes, 'namespace', 1))) {
    const [name = ''] = labels;
    const granted = namespaces.get(name) ?? new Set();
    for (const capability of capabilitiesOf(members)) granted.add(capability);
    namespaces.set(name, granted);
  }
  const nodes = trees
    .flatMap((tree) => blocksOf(tree.nodes, 'node', 0))
    .map(({ members }) => policyOf(members));
  return {
    allows: (namespace, capability) => {
      const granted = namespaces.get(nearest([...namespaces.keys()], namespace) ?? '');
      return granted !== undefined && !granted.has('deny') && granted.has(capability);
    },
    node: ['deny', 'write', 'read'].find((policy) => nodes.includes(policy)) ?? '',
  };
}

function policyOf(members: readonly TreeNode[]): string {
  const policy = scalarOf(members, 'policy');
  return policy?.kind === 'known' ? String(policy.value) : '';
}

function capabilitiesOf(members: readonly TreeNode[]): readonly string[] {
  const listed = members
    .filter(({ key }) => key === 'capabilities')
    .flatMap(({ value }) => (value.kind === 'list' ? value.items : []))
    .flatMap((item) => (item.kind === 'text' ? [item.text] : []));
  return [...(GRANTS[policyOf(members)] ?? []), ...listed];
}

/** The rule that counts for a namespace: its own, else that of the pattern that leaves least to `*`. */
function nearest(patterns: readonly string[], namespace: string): string | undefined {
  if (patterns.includes(namespace)) return namespace;
  const fitting = patterns.filter((pattern) => fits(pattern, namespace));
  const fixed = (pattern: string): number => pattern.replaceAll('*', '').length;
  return fitting.toSorted((one, other) => fixed(other) - fixed(one))[0];
}

function fits(pattern: string, namespace: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  return parts.length > 1 && new RegExp(`^${parts.join('.*')}$`).test(namespace);
}
