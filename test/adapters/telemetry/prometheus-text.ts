/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a page says. */
export interface PrometheusPage {
  readonly samples: readonly Sample[];
  /** By metric. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/** Reads a page strictly; throws at the first line that is none of the format, or that is there twice. */
export function parsePrometheus(text: string): PrometheusPage {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const page = {
    samples: [] as Sample[],
    types: new Map<string, string>(),
    helps: new Map<string, string>(),
  };
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line);
    if (comment) {
      const [, word, name = '', rest = ''] = comment;
      (word === 'TYPE' ? page.types : page.helps).set(name, rest);
      continue;
    }
    const sample = parseSample(line);
    const key = JSON.stringify([sample.name, sample.labels]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    page.samples.push(sample);
  }
  return page;
}

function parseSample(line: string): Sample {
  const parts = SAMPLE.exec(line);
  if (!parts) throw new Error(`no sample: ${line}`);
  const [, name = '', inside = '', number = ''] = parts;
  const value = number === '+Inf' ? Infinity : Number(number);
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return { name, labels: parseLabels(inside), value };
}

function parseLabels(inside: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (let rest = inside; rest !== '';) {
    const label = LABEL.exec(rest);
    if (!label) throw new Error(`no label: ${rest}`);
    const [all, name = '', value = ''] = label;
    labels[name] = value.replaceAll(/\\(.)/g, (_all, one: string) => (one === 'n' ? '\n' : one));
    rest = rest.slice(all.length);
  }
  return labels;
}

/** The value of the one sample of that name with these labels among its own; undefined for none. */
export function valueOf(
  page: PrometheusPage,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = page.samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} samples of ${name}`);
  return found[0]?.value;
}
