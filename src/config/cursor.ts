import type { Position } from './tree.ts';

/** Walks over a text from left to right and knows its line and column. */
export class Cursor {
  readonly #text: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get position(): Position {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 };
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#text.length;
  }

  /** The next UTF-16 unit, '' at the end. */
  peek(): string {
    return this.#text.charAt(this.#offset);
  }

  /** True when the text goes on with `expected`. */
  startsWith(expected: string): boolean {
    return this.#text.startsWith(expected, this.#offset);
  }

  /** What a sticky (`y`) pattern matches here, taken; undefined and nothing taken when it does not match. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.skip(match[0].length);
    return match;
  }

  /** Goes `length` units ahead, not beyond the end, and answers what it passed. */
  skip(length: number): string {
    const end = Math.min(this.#offset + length, this.#text.length);
    const passed = this.#text.slice(this.#offset, end);
    for (let at = passed.indexOf('\n'); at >= 0; at = passed.indexOf('\n', at + 1)) {
      this.#line += 1;
      this.#lineStart = this.#offset + at + 1;
    }
    this.#offset = end;
    return passed;
  }
}
