/** An XML element without attributes. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const TOKEN = /<\?[^>]*\?>|<(\/?)([\w.:-]+)[^>]*?(\/?)>|([^<]+)/g;

/** Reads a document of elements and text; throws where tags do not match. */
export function parseXml(document: string): XmlElement {
  const root = { name: '', children: [] as XmlElement[], text: '' };
  const open = [root];
  for (const [, closing, name, empty, text] of document.matchAll(TOKEN)) {
    const last = open.at(-1) ?? root;
    if (text !== undefined) last.text += unescapeXml(text.trim());
    if (name === undefined) continue;
    if (closing === '/') {
      if (open.length < 2 || last.name !== name) throw new Error(`</${name}> closes <${last.name}>`);
      open.pop();
      continue;
    }
    const element = { name, children: [], text: '' };
    last.children.push(element);
    if (empty !== '/') open.push(element);
  }
  const [first] = root.children;
  if (first === undefined || open.length > 1) throw new Error('no whole document');
  return first;
}

/** Elements at a path of names below `from`: `all(answer, 'Result', 'Groups', 'member')`. */
export function all(from: XmlElement, ...path: readonly string[]): readonly XmlElement[] {
  const [name, ...rest] = path;
  if (name === undefined) return [from];
  return from.children.filter((child) => child.name === name).flatMap((child) => all(child, ...rest));
}

/** Text of the one element at a path; undefined where there is none. */
export function textAt(from: XmlElement, ...path: readonly string[]): string | undefined {
  return all(from, ...path)[0]?.text;
}

function unescapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  };
  return text.replaceAll(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}
