import type { Position, SyntaxFault } from './tree.ts';

export type Punctuation = '{' | '}' | '[' | ']' | ',' | '=' | ':';

export function isPunctuation(character: string): character is Punctuation {
  return character !== '' && '{}[],=:'.includes(character);
}

/**
 * A word of HCL or JSON. `bad` carries the message of what is wrong there; `symbol` is the character where that is
 * only no word of this language.
 */
export type Token = Position &
  (
    | { readonly type: Punctuation | 'end' | 'null' }
    | { readonly type: 'name' | 'text'; readonly text: string }
    | { readonly type: 'number'; readonly text: string; readonly number: number }
    | { readonly type: 'bool'; readonly bool: boolean }
    | { readonly type: 'bad'; readonly message: string; readonly symbol?: string }
  );

/** Deepest nesting of lists and blocks that is read. */
export const MAX_DEPTH = 32;

/** Hands out tokens and collects faults. After a fault it stays silent until `hasRecovered`. */
export class TokenReader {
  readonly faults: SyntaxFault[] = [];
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #index = 0;
  #isRecovering = false;
  #faultLine = 0;
  #depth = 0;
  #key: string | undefined;

  /** `tokens` ends with one of type `end`. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#end = tokens.at(-1) ?? { type: 'end', line: 1, column: 1 };
  }

  peek(): Token {
    return this.#tokens[this.#index] ?? this.#end;
  }

  /** The token `count` places behind the next one. */
  ahead(count: number): Token {
    return this.#tokens[this.#index + count] ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Takes the next token if it is of that type. */
  takeIf(type: Token['type']): boolean {
    if (this.peek().type !== type) return false;
    this.#index += 1;
    return true;
  }

  /** Records what is wrong at `token`; a bad token tells that itself. */
  fault(token: Token, message: string): undefined {
    this.#faultLine = token.line;
    if (this.#isRecovering) return;
    const { line, column } = token;
    this.faults.push({
      line,
      column,
      key: this.#key,
      message: token.type === 'bad' ? token.message : message,
    });
    this.#isRecovering = true;
  }

  /** Goes on behind the faulty line, or at what closes the present block. */
  recover(closing: Token['type']): void {
    for (let token = this.peek(); token.type !== 'end'; token = this.peek()) {
      if (token.type === closing || token.line !== this.#faultLine) return;
      this.#index += 1;
    }
  }

  /** Called where a key and its sign have been read: what is wrong from here on is a fault of its own. */
  hasRecovered(): void {
    this.#isRecovering = false;
  }

  /** Runs `read`, whose faults are then those of the value of `key`. */
  within<T>(key: string | undefined, read: () => T): T {
    const outer = this.#key;
    this.#key = key;
    const result = read();
    this.#key = outer;
    return result;
  }

  /** Runs `read` one level deeper; a fault at `token`, and the end of reading, when that is too deep. */
  nested<T>(token: Token, read: () => T | undefined): T | undefined {
    if (this.#depth >= MAX_DEPTH) {
      this.#index = this.#tokens.length;
      return this.fault(token, `is nested more than ${MAX_DEPTH} levels deep`);
    }
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }
}
