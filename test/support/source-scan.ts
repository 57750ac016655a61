/** What a source file imports, and its text without comments and the insides of strings. */
export interface ScannedSource {
  /** Program text; every string is `"number"`, an index into `strings`. */
  readonly code: string;
  readonly strings: readonly string[];
  readonly imports: readonly Import[];
}

/** `import`/`export … from` is `static`, `import type`/`export type … from` is `type`, `import(…)` is `dynamic`. */
export interface Import {
  readonly kind: 'static' | 'type' | 'dynamic';
  /** As written: `../ports/clock.ts`, `node:fs`; undefined when it is computed. */
  readonly target: string | undefined;
}

/** A piece of text that begins at some place: a comment, a string, a template's text, a regular expression. */
const pieces = [
  { kind: 'blank', pattern: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y },
  { kind: 'string', pattern: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y },
  { kind: 'regexp', pattern: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y },
] as const;

const beforeRegexp = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void))\s*$/;

class Scanner {
  readonly strings: string[] = [];
  code = '';
  readonly #text: string;
  #at = 0;
  /** For each template that is open: how many braces its current `${` has open. */
  readonly #templates: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    while (this.#at < this.#text.length) {
      if (!this.#takePiece()) this.#takeCharacter();
    }
  }

  #takePiece(): boolean {
    if (!`/'"`.includes(this.#text.charAt(this.#at))) return false;
    for (const { kind, pattern } of pieces) {
      if (kind === 'regexp' && !beforeRegexp.test(this.code.slice(-40))) continue;
      pattern.lastIndex = this.#at;
      const found = pattern.exec(this.#text)?.[0];
      if (found === undefined) continue;
      this.#at += found.length;
      if (kind === 'string') this.#addString(found.slice(1, -1));
      else this.code += kind === 'regexp' ? '/ /' : ' ';
      return true;
    }
    return false;
  }

  #takeCharacter(): void {
    const character = this.#text.charAt(this.#at);
    this.#at += 1;
    const open = this.#templates.at(-1);
    if (character === '`') return this.#takeTemplateText();
    if (open !== undefined && character === '}' && open === 0) {
      this.#templates.pop();
      this.code += ')';
      return this.#takeTemplateText();
    }
    if (open !== undefined && character === '{') this.#templates[this.#templates.length - 1] = open + 1;
    if (open !== undefined && character === '}') this.#templates[this.#templates.length - 1] = open - 1;
    this.code += character;
  }

  /** From inside a template up to its next `${` (whose expression is scanned as program text) or its end. */
  #takeTemplateText(): void {
    const pattern = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{|$)/y;
    pattern.lastIndex = this.#at;
    const [all = '', text = '', end = ''] = pattern.exec(this.#text) ?? [];
    this.#at += all.length;
    this.#addString(text);
    if (end !== '${') return;
    this.#templates.push(0);
    this.code += '+(';
  }

  #addString(text: string): void {
    this.code += `"${this.strings.length}"`;
    this.strings.push(text);
  }
}

const statement = /(?<![.\w$])(?:import|export)(\s+type\b(?!\s+from\b))?[^;"'()=]*?(?:\bfrom\s*)?"(\d+)"/g;
const call = /(?<![.\w$])(?:import|require)\s*\(\s*(?:"(\d+)"\s*[,)])?/g;

function findImports(code: string, strings: readonly string[]): Import[] {
  const target = (index: string | undefined): string | undefined =>
    index === undefined ? undefined : strings[Number(index)];
  const statements = [...code.matchAll(statement)].filter(
    ([text]) => text.startsWith('import') || text.includes('from'),
  );
  return [
    ...statements.map(([, type, index]): Import => ({
      kind: type === undefined ? 'static' : 'type',
      target: target(index),
    })),
    ...[...code.matchAll(call)].map(([, index]): Import => ({ kind: 'dynamic', target: target(index) })),
  ];
}

/** Reads a TypeScript source without a compiler: enough to tell program text from comments and strings. */
export function scanSource(text: string): ScannedSource {
  const scanner = new Scanner(text);
  scanner.scan();
  const { code, strings } = scanner;
  return { code, strings, imports: findImports(code, strings) };
}
