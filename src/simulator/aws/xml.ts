const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An element with a text. */
export function leaf(name: string, value: string | number | boolean): string {
  const text = String(value).replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
  return text === '' ? `<${name}/>` : `<${name}>${text}</${name}>`;
}

/** An element with elements in it, each as text already. */
export function branch(name: string, ...inside: readonly string[]): string {
  const content = inside.join('');
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

/** A list as Auto Scaling writes it. */
export function memberList(name: string, items: readonly string[]): string {
  return branch(name, ...items.map((item) => `<member>${item}</member>`));
}

/** A list as EC2 writes it. */
export function itemSet(name: string, items: readonly string[]): string {
  return branch(name, ...items.map((item) => `<item>${item}</item>`));
}

/** As AWS writes a time: RFC 3339 in UTC with milliseconds. */
export function timeText(ms: number): string {
  return new Date(Math.floor(ms)).toISOString();
}
