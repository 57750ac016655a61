import type { TreeNode, TreeValue } from '../tree.ts';

/**
 * The outline of a text with the values that a reader of HCL 2 found in it, `document` being its answer. Texts and
 * numbers are written otherwise in HCL 2 than in HCL 1: `$${`, a leading zero.
 */
export function applyHcl2(nodes: readonly TreeNode[], document: unknown): readonly TreeNode[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const path = [node.key, ...node.labels];
    const name = JSON.stringify(path);
    const index = seen.get(name) ?? 0;
    seen.set(name, index + 1);
    const found = path.reduce<unknown>((value, key) => memberOf(blockAt(value, 0), key), document);
    return {
      ...node,
      value: applyValue(node.value, blockAt(found, node.isBlock === true ? index : undefined)),
    };
  });
}

function applyValue(value: TreeValue, found: unknown): TreeValue {
  const { line, column } = value;
  switch (value.kind) {
    case 'object':
      return { ...value, members: applyHcl2(value.members, found) };
    case 'list':
      return { ...value, items: value.items.map((item, index) => applyValue(item, itemAt(found, index))) };
    case 'text':
      return typeof found === 'string' ? { ...value, text: found } : value;
    case 'number':
      return typeof found === 'number' ? { ...value, number: found } : value;
    case 'expression':
      return found === null ? { kind: 'null', line, column } : value;
    default:
      return value;
  }
}

/** One of the blocks of a kind, which are a list; what is none is answered as it is. */
function blockAt(value: unknown, index: number | undefined): unknown {
  return Array.isArray(value) && index !== undefined ? itemAt(value, index) : value;
}

function itemAt(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
