import { isObject } from './json-text.ts';
import type { Json, JsonObject } from './json-text.ts';

/** Reads the fields of one object and notes every fault, each a line that names its place. */
export class FieldReader {
  readonly path: string;
  private readonly object: JsonObject;
  private readonly faults: string[];
  private readonly read = new Set<string>();

  constructor(value: Json | undefined, path: string, faults: string[]) {
    this.path = path;
    this.faults = faults;
    this.object = isObject(value) ? value : {};
    if (!isObject(value)) this.fault('', 'must be an object');
  }

  has(key: string): boolean {
    return this.object[key] !== undefined && this.object[key] !== null;
  }

  raw(key: string): Json | undefined {
    this.read.add(key);
    return this.object[key];
  }

  number(key: string, { otherwise, min = 0 }: { otherwise?: number; min?: number } = {}): number {
    const value = this.raw(key);
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value === 'number' && value >= min) return value;
    this.fault(key, value === undefined ? 'is missing' : `must be a number, at least ${min}`);
    return otherwise ?? min;
  }

  text(key: string, otherwise?: string): string {
    const value = this.raw(key);
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value === 'string' && value !== '') return value;
    this.fault(key, value === undefined ? 'is missing' : 'must be a text that is not empty');
    return otherwise ?? '';
  }

  oneOf<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    const found = allowed.find((item) => item === value);
    if (found === undefined) this.fault(key, `must be one of ${allowed.join(', ')}`);
    return found ?? otherwise;
  }

  boolean(key: string, otherwise: boolean): boolean {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    if (typeof value !== 'boolean') this.fault(key, 'must be true or false');
    return value === true;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.fault(key, 'must be a list of texts');
    return undefined;
  }

  /** An object of texts; numbers and booleans are written as text. */
  textMap(key: string): Readonly<Record<string, string>> {
    const value = this.raw(key);
    if (value === undefined) return {};
    if (!isObject(value) || Object.values(value).some((item) => typeof item === 'object')) {
      this.fault(key, 'must be an object of texts');
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, typeof item === 'object' ? '' : String(item)]),
    );
  }

  range(key: string): readonly [number, number] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= 0) return [value, value];
    const [from, to] = Array.isArray(value) ? value : [];
    if (typeof from === 'number' && typeof to === 'number' && from >= 0 && to >= from) return [from, to];
    this.fault(key, 'must be a number or a pair [from, to]');
    return undefined;
  }

  child(key: string): FieldReader | undefined {
    const value = this.raw(key);
    if (value === undefined || value === null) return undefined;
    return new FieldReader(value, this.at(key), this.faults);
  }

  children(key: string): readonly FieldReader[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.fault(key, 'must be a list');
      return [];
    }
    return value.map((item, position) => new FieldReader(item, `${this.at(key)}[${position}]`, this.faults));
  }

  /** Notes every field that nobody asked for. */
  refuseOthers(): void {
    for (const key of Object.keys(this.object)) if (!this.read.has(key)) this.fault(key, 'is not known');
  }

  fault(key: string, text: string): void {
    this.faults.push(`${this.at(key)} ${text}`);
  }

  private at(key: string): string {
    if (key === '') return this.path;
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}
