/** Line and column count from 1; columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * A value of a configuration document, the same for HCL and JSON, with the place where it begins. An `expression` of
 * HCL 2 is not worked out; it appears only where it was asked for.
 */
export type TreeValue = Position &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'number'; readonly text: string; readonly number: number }
    | { readonly kind: 'bool'; readonly bool: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'expression' }
    | { readonly kind: 'list'; readonly items: readonly TreeValue[] }
    | { readonly kind: 'object'; readonly members: readonly TreeNode[] }
  );

/** `key = value`, `key { … }` or `key "label" { … }`. Duplicates stay, in the order of the text. */
export interface TreeNode extends Position {
  readonly key: string;
  readonly labels: readonly string[];
  readonly value: TreeValue;
  /** HCL: how it was written, where that is not `key = value`: the key in quotes; a block, without a sign. */
  readonly isQuoted?: true;
  readonly isBlock?: true;
}

/** A place that could not be read. The message never repeats text of the document: it may be a secret. */
export interface SyntaxFault extends Position {
  /** The innermost key whose value could not be read, if it is the fault of a value. */
  readonly key: string | undefined;
  readonly message: string;
}

/** What was read; with faults, `nodes` are those that could be read all the same. */
export interface ReadTree {
  readonly nodes: readonly TreeNode[];
  readonly faults: readonly SyntaxFault[];
}
