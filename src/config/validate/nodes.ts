import type { TreeNode, TreeValue } from '../tree.ts';

/** What a value is before Nomad has read the document: known, or still an expression. */
export type Known<T> = { readonly kind: 'known'; readonly value: T } | { readonly kind: 'unknown' };

/** A block with its labels, wherever it stands in HCL or JSON. */
export interface Block {
  readonly labels: readonly string[];
  readonly members: readonly TreeNode[];
  readonly line: number;
}

/** The nodes with that key. */
export function named(nodes: readonly TreeNode[], key: string): readonly TreeNode[] {
  return nodes.filter((node) => node.key === key);
}

/**
 * The blocks with that key and so many labels. A list has several; labels that are not written before the brace are
 * the keys of objects in it, as JSON has them. What is no object is left out.
 */
export function blocksOf(nodes: readonly TreeNode[], key: string, labelCount: number): readonly Block[] {
  return named(nodes, key).flatMap(({ labels, value, line }) =>
    unfold(value, { labels, line, missing: labelCount - labels.length }),
  );
}

function unfold(
  value: TreeValue,
  at: { readonly labels: readonly string[]; readonly line: number; readonly missing: number },
): readonly Block[] {
  if (value.kind === 'list') return value.items.flatMap((item) => unfold(item, { ...at, line: item.line }));
  if (value.kind !== 'object') return [];
  if (at.missing <= 0) return [{ labels: at.labels, members: value.members, line: at.line }];
  return value.members.flatMap((node) =>
    unfold(node.value, {
      labels: [...at.labels, node.key, ...node.labels],
      line: node.line,
      missing: at.missing - 1 - node.labels.length,
    }),
  );
}

/** The text, number or truth value of the last node with that key; undefined where there is none or it is null. */
export function scalarOf(
  nodes: readonly TreeNode[],
  key: string,
): Known<string | number | boolean> | undefined {
  const value = named(nodes, key).at(-1)?.value;
  switch (value?.kind) {
    case undefined:
    case 'null':
      return undefined;
    case 'number':
      return { kind: 'known', value: value.number };
    case 'bool':
      return { kind: 'known', value: value.bool };
    case 'text':
      return isWorkedOutByNomad(value.text) ? { kind: 'unknown' } : { kind: 'known', value: value.text };
    default:
      return { kind: 'unknown' };
  }
}

/** What stays in a text as it is until a task is started. */
const AT_RUN_TIME = /^\s*(?:NOMAD_|attr\.|node\.|meta\.|device\.|unique\.|env\[)/;

/** True for a text with `${…}` or `%{…}` that Nomad's reader of HCL 2 works out; the rest stays as it stands. */
export function isWorkedOutByNomad(text: string): boolean {
  if (/%\{/.test(text)) return true;
  return [...text.matchAll(/\$\{([^}]*)/g)].some(([, inside = '']) => !AT_RUN_TIME.test(inside));
}
