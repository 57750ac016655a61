/**
 * The whole number that Go reads from this text in base 0: decimal, `0x` hexadecimal, or octal after a leading
 * `0`, with a sign. Undefined when it is none.
 */
export function parseGoInteger(text: string): number | undefined {
  const match = /^([+-]?)(?:0[xX]([\da-fA-F]+)|0([0-7]+)|(0|[1-9]\d*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, decimal] = match;
  const size =
    hex !== undefined ? parseInt(hex, 16) : octal !== undefined ? parseInt(octal, 8) : Number(decimal);
  return sign === '-' && size !== 0 ? -size : size;
}

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The truth value that Go's ParseBool reads from this text, else undefined. */
export function parseGoBool(text: string): boolean | undefined {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}
