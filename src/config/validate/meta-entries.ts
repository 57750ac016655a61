import type { TreeNode, TreeValue } from '../tree.ts';
import { isWorkedOutByNomad, named } from './nodes.ts';

/** One key of a `meta`. */
export interface MetaEntry {
  readonly key: string;
  readonly line: number;
  readonly value:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'unknown' }
    | { readonly kind: 'fault'; readonly message: string };
}

/** The `meta` of a block. `isWhole`: false where it is an expression that may hold anything. */
export interface MetaSketch {
  readonly line: number;
  readonly entries: readonly MetaEntry[];
  readonly isWhole: boolean;
}

/** How a kind of document writes its meta. `wantsText`: only texts will do, as in the JSON of Nomad's API. */
export interface MetaForm {
  readonly key: 'meta' | 'Meta';
  readonly wantsText: boolean;
}

/** The meta among these members, several blocks taken together; `line` where there is none is that of what is around. */
export function metaOf(members: readonly TreeNode[], { key, wantsText }: MetaForm, line: number): MetaSketch {
  const nodes = named(members, key).filter(({ value }) => value.kind !== 'null');
  const objects = nodes.flatMap(({ value }) => (value.kind === 'list' ? value.items : [value]));
  return {
    line: nodes[0]?.line ?? line,
    entries: objects.flatMap((value) =>
      value.kind === 'object' ? value.members.flatMap((node) => entryOf(node, wantsText)) : [],
    ),
    isWhole: objects.every(({ kind }) => kind === 'object'),
  };
}

function entryOf(node: TreeNode, wantsText: boolean): readonly MetaEntry[] {
  const { key, line, value } = node;
  if (value.kind === 'null') return [];
  return [{ key, line, value: readEntry(value, wantsText) }];
}

function readEntry(value: TreeValue, wantsText: boolean): MetaEntry['value'] {
  switch (value.kind) {
    case 'text':
      return !wantsText && isWorkedOutByNomad(value.text)
        ? { kind: 'unknown' }
        : { kind: 'text', text: value.text };
    case 'number':
    case 'bool':
      if (wantsText) return { kind: 'fault', message: 'must be a text in quotes: Nomad refuses the job' };
      return { kind: 'text', text: String(value.kind === 'number' ? value.number : value.bool) };
    case 'expression':
      return { kind: 'unknown' };
    default:
      return { kind: 'fault', message: 'must be a text' };
  }
}
