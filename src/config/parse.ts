import { coerce } from './coerce.ts';
import type { ConfigFault } from './fault.ts';
import { explainUnknownKey, findFileKey, isBlockName } from './file-keys.ts';
import type { BlockName, FileKey } from './file-keys.ts';
import { readDocument } from './read-document.ts';
import { faultAt, settingOf } from './setting.ts';
import type { Setting, Settings, Source } from './setting.ts';
import type { TreeNode, TreeValue } from './tree.ts';

/** Whose document it is: an agent's own file, or the configuration stored for a whole group. */
export type DocumentScope = 'agent' | 'group';

/**
 * Reads and checks an HCL or JSON document: its settings and everything that is wrong with it, in the order of its
 * lines. `file` names it in faults and sources. Without faults the settings are complete.
 */
export function parseConfigDocument(text: string, file: string, scope: DocumentScope = 'agent'): Settings {
  const tree = readDocument(text);
  const { settings, faults } = new DocumentChecker(file, scope).check(tree.nodes);
  const syntax = tree.faults.map((fault) => ({ file, ...fault }));
  return { settings, faults: [...syntax, ...faults].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** Goes through one document once, collecting settings, faults and where each key was first seen. */
class DocumentChecker {
  readonly #file: string;
  readonly #scope: DocumentScope;
  readonly #settings: Setting[] = [];
  readonly #faults: ConfigFault[] = [];
  readonly #firstSeen = new Map<string, Source & { readonly line: number }>();

  constructor(file: string, scope: DocumentScope) {
    this.#file = file;
    this.#scope = scope;
  }

  check(nodes: readonly TreeNode[]): Settings {
    for (const node of nodes) this.#checkMember(node, undefined);
    return { settings: this.#settings, faults: this.#faults };
  }

  #checkMember(node: TreeNode, block: BlockName | undefined): void {
    const source = { from: 'file', name: node.key, file: this.#file, line: node.line } as const;
    if (block === undefined && isBlockName(node.key)) return this.#checkBlock(node, node.key, source);
    const key = findFileKey(node.key, block);
    if (key === undefined) return this.#fault(source, explainUnknownKey(node.key, block));
    if (node.labels.length > 0) return this.#fault(source, 'takes no label');
    if (this.#isRepeated(key.row.key, source)) return;
    const refusal = this.#scope === 'group' ? explainNotStorable(key) : undefined;
    if (refusal !== undefined) return this.#fault(source, refusal);
    this.#checkValue(key, node.value, source);
  }

  #checkBlock(node: TreeNode, block: BlockName, source: Source & { readonly line: number }): void {
    if (node.labels.length > 0) return this.#fault(source, 'takes no label');
    const bodies = node.value.kind === 'list' ? node.value.items : [node.value];
    for (const body of bodies) {
      if (body.kind !== 'object') return this.#fault(source, 'must be a block { … }');
      if (this.#isRepeated(block, { ...source, line: node.value.kind === 'list' ? body.line : node.line }))
        return;
      for (const member of body.members) this.#checkMember(member, block);
    }
  }

  #checkValue({ row, valueRow }: FileKey, value: TreeValue, source: Source): void {
    const read = coerce(valueRow, value);
    if (read.kind === 'fault') return this.#fault(source, read.message);
    if (read.value === undefined) return;
    this.#settings.push(settingOf(row, valueRow, { value: read.value, source }));
  }

  #isRepeated(key: string, source: Source & { readonly line: number }): boolean {
    const first = this.#firstSeen.get(key);
    if (first === undefined) {
      this.#firstSeen.set(key, source);
      return false;
    }
    const as = first.name === source.name ? '' : ` as ${first.name}`;
    const message = isBlockName(key) ? 'second block; the first is' : `already given${as}`;
    this.#fault(source, `${message} on line ${first.line}`);
    return true;
  }

  #fault(source: Source, message: string): void {
    this.#faults.push(faultAt(source, message));
  }
}

function explainNotStorable({ row }: FileKey): string | undefined {
  if (row.isStorable === true) return undefined;
  const stays = "stays in each member's files, flags or environment";
  if (row.kind === 'secret') return `is a secret: it cannot be stored for a group and ${stays}`;
  return `cannot be stored for a group: it ${stays}`;
}
