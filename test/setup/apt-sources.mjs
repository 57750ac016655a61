// The machine's own Debian mirrors, read from its apt sources, so that none is named here.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{uris: string[], suites: string[], components: string[], signedBy: string | undefined}} Source */

const debianSuite =
  /^(?:(?:old)*stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(?:-updates|-backports)?$/;

/** @param {string} text */
function words(text) {
  return text.split(/\s+/).filter((word) => word !== '');
}

/**
 * One-line form: `deb [signed-by=/a.gpg arch=amd64] uri suite component…`.
 * @param {string} text @returns {Source[]}
 */
export function parseOneLineSources(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uris: [uri], suites: [suite], components: words(components), signedBy }];
  });
}

/**
 * deb822 form: stanzas of `Field: value`, continued by lines that begin with a blank.
 * @param {string} text @returns {Source[]}
 */
export function parseDeb822Sources(text) {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const stanzas = lines.join('\n').split(/\n(?:[ \t]*\n)+/);
  return stanzas.flatMap((stanza) => {
    /** @param {string} name */
    const field = (name) => new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]?.trim();
    const isBinary = words(field('Types') ?? '').includes('deb');
    const isEnabled = !/^(?:no|false|0|off|without|disable)$/i.test(field('Enabled') ?? 'yes');
    if (!isBinary || !isEnabled) return [];
    const [uris, suites, components] = ['URIs', 'Suites', 'Components'].map((name) =>
      words(field(name) ?? ''),
    );
    return [
      { uris: uris ?? [], suites: suites ?? [], components: components ?? [], signedBy: field('Signed-By') },
    ];
  });
}

/** @param {string} folder @returns {Source[]} all enabled binary sources, in apt's order */
function readSources(folder) {
  const main = join(folder, 'sources.list');
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).toSorted() : [];
  const files = [...(existsSync(main) ? [main] : []), ...names.map((name) => join(parts, name))];
  return files.flatMap((file) => {
    if (file.endsWith('.list')) return parseOneLineSources(readFileSync(file, 'utf8'));
    return file.endsWith('.sources') ? parseDeb822Sources(readFileSync(file, 'utf8')) : [];
  });
}

/**
 * Mirrors of Debian's main archive that this machine uses, each once, in apt's order.
 * @param {string} [folder] apt's configuration
 * @returns {{uri: string, signedBy: string | undefined}[]}
 */
export function debianMirrors(folder = '/etc/apt') {
  const main = readSources(folder).filter(
    (source) => source.components.includes('main') && source.suites.some((suite) => debianSuite.test(suite)),
  );
  const mirrors = main.flatMap((source) => source.uris.map((uri) => ({ uri, signedBy: source.signedBy })));
  return mirrors.filter((mirror, at) => mirrors.findIndex((other) => other.uri === mirror.uri) === at);
}
