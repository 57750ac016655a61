/** One rule of an alert file. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads the little YAML that alert rules need: block mappings and lists, and scalars that are plain words or stand in
 * single quotes on one line. Throws at everything else.
 */
export function parseAlertRules(text: string): readonly AlertRule[] {
  const lines = text
    .split('\n')
    .map((line, at) => ({ number: at + 1, indent: line.search(/\S/), text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  const file = readBlock(lines, { from: 0, to: lines.length });
  return listOf(member(file, 'groups')).flatMap((group) => {
    scalarOf(member(group, 'name'));
    return listOf(member(group, 'rules')).map(ruleOf);
  });
}

function ruleOf(rule: Yaml): AlertRule {
  const { alert, expr, for: lasting, labels, annotations, ...rest } = mappingOf(rule);
  if (Object.keys(rest).length > 0) throw new Error(`unknown: ${Object.keys(rest).join(', ')}`);
  return {
    alert: scalarOf(alert),
    expr: scalarOf(expr),
    for: lasting === undefined ? undefined : scalarOf(lasting),
    labels: scalarsOf(labels),
    annotations: scalarsOf(annotations),
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The lines of a span are one mapping or one list, all items at the first line's indent. */
function readBlock(lines: readonly Line[], { from, to }: Span): Yaml {
  const first = lines[from];
  if (!first || from >= to) throw new Error('nothing where a value should be');
  const starts: number[] = [];
  for (let at = from; at < to; at += 1) {
    const { indent, number } = lines[at]!;
    if (indent < first.indent) throw new Error(`line ${number}: wrong indent`);
    if (indent === first.indent) starts.push(at);
  }
  const spans = starts.map((start, at) => ({ from: start, to: starts[at + 1] ?? to }));
  return first.text.startsWith('- ') ? spans.map((span) => readItem(lines, span)) : readMapping(lines, spans);
}

/** `- key: value` begins a mapping whose other keys stand below the first one. */
function readItem(lines: readonly Line[], span: Span): Yaml {
  const { text, indent, number } = lines[span.from]!;
  if (!text.startsWith('- ')) throw new Error(`line ${number}: no item of a list`);
  const inner = lines.map((line, at) =>
    at === span.from ? { ...line, indent: indent + 2, text: text.slice(2) } : line,
  );
  return readBlock(inner, span);
}

function readMapping(lines: readonly Line[], spans: readonly Span[]): Yaml {
  const mapping: Record<string, Yaml> = {};
  for (const span of spans) {
    const { text, number } = lines[span.from]!;
    const parts = /^([a-z]+):(?: (.+))?$/.exec(text);
    const key = parts?.[1];
    if (key === undefined) throw new Error(`line ${number}: no key`);
    if (key in mapping) throw new Error(`line ${number}: ${key} is there twice`);
    const below = { from: span.from + 1, to: span.to };
    if (parts?.[2] !== undefined && below.from < below.to) throw new Error(`line ${number}: two values`);
    mapping[key] = parts?.[2] === undefined ? readBlock(lines, below) : readScalar(parts[2], number);
  }
  return mapping;
}

function readScalar(text: string, number: number): string {
  const quoted = /^'((?:[^']|'')*)'$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (!/^[A-Za-z0-9]+$/.test(text)) throw new Error(`line ${number}: neither a word nor in single quotes`);
  return text;
}

function mappingOf(value: Yaml | undefined): Readonly<Record<string, Yaml>> {
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('no mapping');
  return value as Readonly<Record<string, Yaml>>;
}

function listOf(value: Yaml | undefined): readonly Yaml[] {
  if (!Array.isArray(value)) throw new Error('no list');
  return value as readonly Yaml[];
}

function scalarOf(value: Yaml | undefined): string {
  if (typeof value !== 'string') throw new Error('no text');
  return value;
}

function scalarsOf(value: Yaml | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingOf(value ?? {}));
  return Object.fromEntries(entries.map(([key, one]) => [key, scalarOf(one)]));
}

function member(value: Yaml, key: string): Yaml | undefined {
  return mappingOf(value)[key];
}
