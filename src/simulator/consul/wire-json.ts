/** What a face can send: integers above 2^53 are bigints, members that are undefined are left out. */
export type WireValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly WireValue[]
  | { readonly [member: string]: WireValue | undefined };

const ESCAPED = /[<>&\u2028\u2029]/g;

function text(value: string): string {
  return JSON.stringify(value).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function block(open: string, lines: readonly string[], indent: string): string {
  const close = open === '[' ? ']' : '}';
  if (lines.length === 0) return open + close;
  const inner = `${indent}    `;
  return `${open}\n${lines.map((line) => inner + line).join(',\n')}\n${indent}${close}`;
}

function isList(value: object): value is readonly WireValue[] {
  return Array.isArray(value);
}

function write(value: WireValue, indent: string): string {
  if (typeof value === 'string') return text(value);
  if (value === null || typeof value !== 'object') return String(value);
  const inner = `${indent}    `;
  if (isList(value))
    return block(
      '[',
      value.map((item) => write(item, inner)),
      indent,
    );
  const lines: string[] = [];
  for (const [member, item] of Object.entries(value))
    if (item !== undefined) lines.push(`${text(member)}: ${write(item, inner)}`);
  return block('{', lines, indent);
}

/** JSON as Consul's development agent prints it: four blanks of indent, `<>&` escaped, a newline at the end. */
export function printWireJson(value: WireValue): string {
  return `${write(value, '')}\n`;
}
