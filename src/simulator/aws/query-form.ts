/** A filter of EC2: any of the values. */
export interface QueryFilter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The parameters of one call, form-urlencoded. */
export class QueryForm {
  private readonly fields: URLSearchParams;

  constructor(fields: URLSearchParams) {
    this.fields = fields;
  }

  text(name: string): string {
    return this.fields.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  isTrue(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }

  /** Undefined when it is left out; NaN when it is no whole number. */
  whole(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    return /^-?\d+$/.test(this.text(name)) ? Number(this.text(name)) : Number.NaN;
  }

  /** `Name.1=a&Name.2=b`, or with `.member.` between as Auto Scaling has it, in order of the numbers. */
  list(name: string): readonly string[] {
    return this.numbered(name).map(({ value }) => value);
  }

  /** `Filter.1.Name=a&Filter.1.Value.1=b`. */
  filters(): readonly QueryFilter[] {
    const numbers = [...this.fields.keys()].flatMap((key) => /^Filter\.(\d+)\.Name$/.exec(key)?.[1] ?? []);
    return numbers.map((number) => ({
      name: this.text(`Filter.${number}.Name`),
      values: this.list(`Filter.${number}.Value`),
    }));
  }

  private numbered(name: string): readonly { readonly at: number; readonly value: string }[] {
    const beginnings = [`${name}.member.`, `${name}.`];
    return [...this.fields]
      .flatMap(([key, value]) => {
        const beginning = beginnings.find((text) => key.startsWith(text));
        const rest = beginning === undefined ? '' : key.slice(beginning.length);
        return /^\d+$/.test(rest) ? [{ at: Number(rest), value }] : [];
      })
      .toSorted((a, b) => a.at - b.at);
  }
}
