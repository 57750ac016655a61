import { formatInstant } from '../domain/instant.ts';
import type { Schema } from './schema.ts';

/** How a value of the program becomes JSON, and the schema of what it becomes. */
export interface Shape<Value, Wire> {
  readonly schema: Schema;
  readonly encode: (value: Value) => Wire;
}

/** What a shape makes. */
export type WireOf<Of> = Of extends { readonly encode: (value: never) => infer Wire } ? Wire : never;

const same = <T>(value: T): T => value;

export const text: Shape<string, string> = { schema: { type: 'string' }, encode: same };
export const flag: Shape<boolean, boolean> = { schema: { type: 'boolean' }, encode: same };
export const whole: Shape<number, number> = { schema: { type: 'integer' }, encode: Math.round };
export const number: Shape<number, number> = { schema: { type: 'number' }, encode: same };

/** Milliseconds since the epoch → RFC 3339. */
export const instant: Shape<number, string> = {
  schema: { type: 'string', format: 'date-time' },
  encode: formatInstant,
};

/** One of a closed list. */
export function word<const Words extends readonly string[]>(
  words: Words,
): Shape<Words[number], Words[number]> {
  return { schema: { type: 'string', enum: words }, encode: same };
}

/** What is not known is null, and never left out. */
export function maybe<Value, Wire>(of: Shape<Value, Wire>): Shape<Value | undefined, Wire | null> {
  return {
    schema: { anyOf: [of.schema, { type: 'null' }] },
    encode: (value) => (value === undefined ? null : of.encode(value)),
  };
}

export function list<Value, Wire>(of: Shape<Value, Wire>): Shape<readonly Value[], readonly Wire[]> {
  return {
    schema: { type: 'array', items: of.schema },
    encode: (values) => values.map((value) => of.encode(value)),
  };
}

/** Either of several shapes; `choose` knows which one a value has. */
export function either<Value, Wire>(
  shapes: readonly Shape<never, Wire>[],
  encode: (value: Value) => Wire,
): Shape<Value, Wire> {
  return { schema: { anyOf: shapes.map(({ schema }) => schema) }, encode };
}

/** A member of a record, as the record's value tells it. */
export interface Field<Value, Wire> {
  readonly schema: Schema;
  readonly encode: (value: Value) => Wire;
}

/** Describes one member: its shape, a sentence, and how to read it. */
type MakeField<Value> = <Member, Wire>(
  shape: Shape<Member, Wire>,
  description: string,
  read: (value: Value) => Member,
) => Field<Value, Wire>;

type Fields<Value> = Readonly<Record<string, Field<Value, unknown>>>;
type WireRecord<Of extends Fields<never>> = { readonly [Key in keyof Of]: WireOf<Of[Key]> };

/** A JSON object, member by member: what is sent, its schema and its documentation are one table. */
export function record<Value>() {
  return <const Of extends Fields<Value>>(
    title: string,
    describe: (field: MakeField<Value>) => Of,
  ): Shape<Value, WireRecord<Of>> => {
    const fields = describe(makeField);
    const keys = Object.keys(fields);
    const properties = Object.fromEntries(keys.map((key) => [key, fields[key]?.schema ?? {}]));
    return {
      schema: { title, type: 'object', properties, required: keys, additionalProperties: false },
      encode: (value) => {
        const members = keys.map((key) => [key, fields[key]?.encode(value)] as const);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of the fields
        return Object.fromEntries(members) as WireRecord<Of>;
      },
    };
  };
}

function makeField<Value, Member, Wire>(
  shape: Shape<Member, Wire>,
  description: string,
  read: (value: Value) => Member,
): Field<Value, Wire> {
  return { schema: { ...shape.schema, description }, encode: (value) => shape.encode(read(value)) };
}
