import { posix } from 'node:path';
import { scanSource } from './source-scan.ts';
import type { Import, ScannedSource } from './source-scan.ts';

/** A source file; `path` is relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One broken rule, as a sentence that begins with the file's path. */
export type Violation = string;

interface Floor {
  /** Floors below whose files it may import, besides its own. */
  readonly below: readonly string[];
  /** What it may import from outside the repository: names of packages, `node:` for node's own, `*` for all. */
  readonly outside: readonly string[];
  /** Synchronous, and knowing nothing but its arguments. */
  readonly isPure?: true;
}

/** The house, from the ground up. */
export const floors: Readonly<Record<string, Floor>> = {
  'src/domain': { below: [], outside: [], isPure: true },
  'src/ports': { below: ['src/domain'], outside: [] },
  'src/config': { below: ['src/domain'], outside: [], isPure: true },
  'src/simulator': { below: ['src/domain', 'src/ports'], outside: ['node:', 'axios', 'lossless-json'] },
  'src/adapters': { below: ['src/domain', 'src/ports'], outside: ['*'] },
  'src/agent': { below: ['src/domain', 'src/ports'], outside: ['node:'] },
  'src/http': { below: ['src/domain', 'src/ports'], outside: ['node:'] },
  cmd: {
    below: [
      'src/domain',
      'src/ports',
      'src/config',
      'src/simulator',
      'src/adapters',
      'src/agent',
      'src/http',
    ],
    outside: ['*'],
  },
};

const impure =
  /(?<![.\w$#])(?:async|await|Promise|Date|process|console|set(?:Timeout|Interval|Immediate)|queueMicrotask|fetch|performance|crypto|globalThis)(?![\w$])|\bMath\s*\.\s*random\b/g;
const wiring = /^cmd\/wire(?:-[a-z0-9-]+)?\.ts$/;

/** The floor of a path: `src/agent`, `cmd`; undefined for a path that stands on none. */
export function floorOf(path: string): string | undefined {
  const [first = '', second = ''] = path.split('/');
  const floor = first === 'src' ? `src/${second}` : first;
  return Object.hasOwn(floors, floor) ? floor : undefined;
}

/** The room of an adapter's file: `src/adapters/nomad`; undefined on other floors. */
function roomOf(path: string): string | undefined {
  const [, second, third] = path.split('/');
  return second === 'adapters' ? `src/adapters/${third}` : undefined;
}

function checkOutside(name: string, target: string): string | undefined {
  const allowed = floors[name]?.outside ?? [];
  if (/^(?:node:)?process$/.test(target)) return `imports ${target}`;
  const names = ['*', target, ...(target.startsWith('node:') ? ['node:'] : [])];
  if (names.some((known) => allowed.includes(known))) return undefined;
  return `imports ${target} from outside, which ${name} does not`;
}

/** An import of the file at `to` by the one at `from`, both inside the repository. */
function checkInside(from: string, to: string, kind: Import['kind']): string | undefined {
  const [own = '', other] = [floorOf(from), floorOf(to)];
  if (other === undefined) return to === 'package.json' ? undefined : `imports ${to}, which is on no floor`;
  if (own !== other && !floors[own]?.below.includes(other))
    return `imports ${to}: ${other} is not below ${own}`;
  if (own === 'src/adapters' && other === own && roomOf(from) !== roomOf(to))
    return `imports ${to}: another room`;
  if (own !== 'cmd' || other !== 'src/adapters') return undefined;
  if (!wiring.test(from)) return `imports ${to}: only cmd/wire names adapters`;
  return kind === 'static' ? `imports ${to} although nothing may need it: use import()` : undefined;
}

function checkImport(path: string, { kind, target }: Import): string | undefined {
  if (target === undefined) return 'imports a computed name';
  if (!target.startsWith('.')) return checkOutside(floorOf(path) ?? '', target);
  return checkInside(path, posix.join(posix.dirname(path), target), kind);
}

function checkWords(path: string, { code }: ScannedSource): string[] {
  const isPure = floors[floorOf(path) ?? '']?.isPure === true;
  const words = isPure ? [...code.matchAll(impure)].map(([word]) => `uses ${word} on a pure floor`) : [];
  const isRoof = path === 'cmd/replicator.ts';
  const exits = !isRoof && /\bprocess\s*\.\s*exit\b/.test(code);
  return exits ? [...words, 'calls process.exit, which only cmd/replicator.ts does'] : words;
}

function checkFile({ path, text }: SourceFile): Violation[] {
  if (floorOf(path) === undefined) return [`${path} is on no floor`];
  const source = scanSource(text);
  const faults = source.imports.map((item) => checkImport(path, item));
  return [...faults, ...checkWords(path, source)]
    .filter((fault) => fault !== undefined)
    .map((fault) => `${path} ${fault}`);
}

/** Every broken rule of the house in these files of `src` and `cmd`. */
export function findViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => checkFile(file));
}
