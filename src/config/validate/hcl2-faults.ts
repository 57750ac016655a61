import type { ReadTree, TreeNode } from '../tree.ts';
import type { Findings } from './finding.ts';

/** Tells why HCL 2 refuses a text, its reader giving no reason: as far as that can be seen from the outline. */
export function tellNoHcl2(outline: ReadTree, hcl1: ReadTree, findings: Findings): void {
  const seen = oddities(outline.nodes);
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

/** Tells of the first thing in a text of HCL 1 that HCL 2 does not take: newer Nomads refuse it unless told. */
export function tellHcl1Alone(nodes: readonly TreeNode[], findings: Findings): void {
  const [first] = oddities(nodes);
  if (!first) return;
  const { line, key, message } = first;
  const effect = 'this is HCL 1, which Nomad 1.0 and later takes only with -hcl1';
  findings.add('warning', { line, key }, `${message}: ${effect}`);
}

function oddities(nodes: readonly TreeNode[], block?: TreeNode): readonly Oddity[] {
  return nodes.flatMap((node, index) => {
    const { line, key } = node;
    const odd = (message: string, isSo: boolean): readonly Oddity[] => (isSo ? [{ line, key, message }] : []);
    const isFull = nodes.length > 1 || node.isBlock === true;
    return [
      ...odd('a key in quotes needs = before the { around it', block !== undefined && isQuotedArgument(node)),
      ...odd('is on the line of the { around it', isFull && block?.line === line),
      ...odd(
        'is a second argument on its line',
        block !== undefined && isOnLineOf(nodes[index - 1], block, line),
      ),
      ...odd('is given twice', node.isBlock !== true && isGivenIn(nodes.slice(0, index), key)),
      ...membersOf(node).flatMap((members) => oddities(members, node.isBlock === true ? node : undefined)),
    ];
  });
}

function isQuotedArgument({ isQuoted, isBlock }: TreeNode): boolean {
  return isQuoted === true && isBlock !== true;
}

/** On the line of the argument before, and not told as on the line of the brace. */
function isOnLineOf(before: TreeNode | undefined, block: TreeNode, line: number): boolean {
  return before?.line === line && block.line !== line;
}

function isGivenIn(before: readonly TreeNode[], key: string): boolean {
  return key !== '' && before.some((one) => one.isBlock !== true && one.key === key);
}

function membersOf({ value }: TreeNode): readonly (readonly TreeNode[])[] {
  return value.kind === 'object' ? [value.members] : [];
}
