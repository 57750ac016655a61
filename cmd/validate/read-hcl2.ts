import { createRequire } from 'node:module';

/** HCL 2 → its values, or undefined where it is none. Blocks are lists; what is not worked out stays as `${…}`. */
export type Hcl2Reader = (text: string) => unknown;

/** Loads the parser when it is first asked: that takes a quarter of a second and 30 MiB. */
export function createHcl2Reader(): Hcl2Reader {
  let parser: unknown;
  return (text) => {
    parser ??= loadParser();
    return parse(parser, text);
  };
}

/** Required, not imported: it is one file of 4 MB, whose names Node would look for first. */
function loadParser(): unknown {
  const { stackTraceLimit } = Error;
  try {
    return createRequire(import.meta.url)('hcl2-parser');
  } finally {
    // It is set to infinity by the parser, for the whole process.
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** `parseToObject` answers `[value, error]`, the value null where the text is refused; the error says nothing. */
function parse(parser: unknown, text: string): unknown {
  const read: unknown = isObject(parser) ? Reflect.get(parser, 'parseToObject') : undefined;
  if (typeof read !== 'function') throw new TypeError('the package hcl2-parser is not as it should be');
  const answer: unknown = Reflect.apply(read, parser, [text]);
  const value: unknown = Array.isArray(answer) ? answer[0] : null;
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
