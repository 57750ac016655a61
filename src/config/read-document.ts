import { readHcl } from './hcl.ts';
import { readJson } from './json.ts';
import type { ReadTree } from './tree.ts';

/** Reads a configuration document: JSON when its first character is `{`, else HCL. A byte order mark is passed over. */
export function readDocument(text: string): ReadTree {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return /^\s*\{/.test(content) ? readJson(content) : readHcl(content);
}
