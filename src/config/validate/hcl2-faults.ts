import type { ReadTree, TreeNode } from '../tree.ts';
import type { Findings } from './finding.ts';

/** Tells why HCL 2 refuses a text, its reader giving no reason: as far as that can be seen from the outline. */
export function tellNoHcl2(outline: ReadTree, hcl1: ReadTree, findings: Findings): void {
  const seen = oddities(outline.nodes, false);
  for (const { line, key, message } of seen)
    findings.add('fault', { line, key }, `${message}: this is no HCL 2`);
  if (seen.length > 0) return;
  const [first] = hcl1.faults;
  const message = 'this is neither HCL 1 nor HCL 2; read as HCL 1 it is wrong here: ';
  if (first) findings.add('fault', first, message + first.message);
  else findings.add('fault', { line: 1 }, 'the reader of HCL 2 refuses this and gives no reason');
}

/** What HCL 1 takes and HCL 2 does not. */
interface Oddity {
  readonly line: number;
  readonly key: string;
  readonly message: string;
}

/** The first key in quotes in a block, if there is one: HCL 2 wants `meta = { … }` around it. */
export function findQuotedKey(nodes: readonly TreeNode[], isInBlock = false): TreeNode | undefined {
  for (const node of nodes) {
    if (isInBlock && node.isQuoted === true && node.isBlock !== true) return node;
    const found = membersOf(node).map((members) => findQuotedKey(members, node.isBlock === true));
    const first = found.find(Boolean);
    if (first) return first;
  }
  return undefined;
}

function oddities(nodes: readonly TreeNode[], isInBlock: boolean): readonly Oddity[] {
  return nodes.flatMap((node, index) => {
    const before = nodes[index - 1];
    const { line, key } = node;
    const isQuoted = isInBlock && node.isQuoted === true && node.isBlock !== true;
    const isOnLine = isInBlock && before?.line === line;
    const isTwice = node.isBlock !== true && nodes.slice(0, index).some((one) => isSameArgument(one, node));
    return [
      ...(isQuoted ? [{ line, key, message: 'a key in quotes needs `= {` before its block' }] : []),
      ...(isOnLine ? [{ line, key, message: 'a second argument on the line' }] : []),
      ...(isTwice ? [{ line, key, message: 'is given twice' }] : []),
      ...membersOf(node).flatMap((members) => oddities(members, node.isBlock === true)),
    ];
  });
}

function isSameArgument(one: TreeNode, other: TreeNode): boolean {
  return one.isBlock !== true && one.key === other.key && one.key !== '';
}

function membersOf({ value }: TreeNode): readonly (readonly TreeNode[])[] {
  return value.kind === 'object' ? [value.members] : [];
}
