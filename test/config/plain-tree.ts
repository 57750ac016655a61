import type { ReadTree, TreeNode, TreeValue } from '../../src/config/tree.ts';

/** Stands for a value that is an expression. */
export const EXPRESSION = Symbol('expression');

/** A value without its position: an object becomes a list of `[key, …labels, value]`. */
export function plainValue(value: TreeValue): unknown {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
      return value.number;
    case 'bool':
      return value.bool;
    case 'null':
      return null;
    case 'expression':
      return EXPRESSION;
    case 'list':
      return value.items.map(plainValue);
    case 'object':
      return { members: plainNodes(value.members) };
  }
}

export function plainNodes(nodes: readonly TreeNode[]): unknown[] {
  return nodes.map((node) => [node.key, ...node.labels, plainValue(node.value)]);
}

/** Faults as `line:column key message`. */
export function plainFaults(tree: ReadTree): string[] {
  return tree.faults.map(({ line, column, key, message }) =>
    [`${line}:${column}`, key, message].filter((part) => part !== undefined).join(' '),
  );
}

/** Every position in a tree. */
export function positionsOf(tree: ReadTree): readonly { line: number; column: number }[] {
  const ofValue = (value: TreeValue): readonly { line: number; column: number }[] => [
    value,
    ...(value.kind === 'list' ? value.items.flatMap(ofValue) : []),
    ...(value.kind === 'object' ? value.members.flatMap(ofNode) : []),
  ];
  const ofNode = (node: TreeNode): readonly { line: number; column: number }[] => [
    node,
    ...ofValue(node.value),
  ];
  return [...tree.nodes.flatMap(ofNode), ...tree.faults];
}
