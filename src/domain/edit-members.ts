import { placeMembers, quoteGo } from './json-members.ts';

/**
 * The text of a JSON object with one member changed, every other byte as it was: `raw` is the value's text, undefined
 * takes the member away. A new one stands before the first whose key comes after it. Of repeated keys the last counts.
 */
export function withMember(text: string, key: string, raw: string | undefined): string {
  const members = placeMembers(text) ?? [];
  const at = members.findLastIndex((member) => member.key === key);
  const member = members[at];
  if (!member) return raw === undefined ? text : insert(text, key, raw);
  if (raw !== undefined) return splice(text, { from: member.start, to: member.end }, raw);
  const next = members[at + 1];
  if (next) return splice(text, { from: member.keyStart, to: next.keyStart }, '');
  return splice(text, { from: members[at - 1]?.end ?? member.keyStart, to: member.end }, '');
}

function insert(text: string, key: string, raw: string): string {
  const members = placeMembers(text) ?? [];
  const pair = `${quoteGo(key)}:${raw}`;
  const next = members.find((member) => member.key > key);
  if (next) return splice(text, { from: next.keyStart, to: next.keyStart }, `${pair},`);
  const last = members.at(-1);
  const at = last?.end ?? text.indexOf('{') + 1;
  return splice(text, { from: at, to: at }, last ? `,${pair}` : pair);
}

/** Part of a text, from the first place to the one behind the last. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function splice(text: string, { from, to }: Span, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
