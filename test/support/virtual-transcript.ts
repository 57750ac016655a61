import type { Clock } from '../../src/ports/clock.ts';

/** Nomad's and Consul's ids, and those of instances. */
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\bi-[0-9a-f]{17}\b/g;

/** What happened, one line an event: `+00:01:30.250 who      sentence`. Ids are numbered as they appear: `#1`, instances `i-#2`. */
export class Transcript {
  readonly lines: string[] = [];
  private readonly clock: Clock;
  private readonly ids = new Map<string, string>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(who: string, sentence: string): void {
    const text = sentence.replaceAll(ID, (id) => this.nameOf(id));
    this.lines.push(`${offset(this.clock.monotonicMs())} ${who.padEnd(8)} ${text}`);
  }

  /** The lines as a file's text. */
  text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  /** How many lines there are that fit. */
  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }

  private nameOf(id: string): string {
    const known = this.ids.get(id);
    if (known !== undefined) return known;
    const name = `${id.startsWith('i-') ? 'i-' : ''}#${this.ids.size + 1}`;
    this.ids.set(id, name);
    return name;
  }
}

function offset(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(Math.floor(ms % 1000)).padStart(3, '0');
  return `+${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}
