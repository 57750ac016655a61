/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
  /** Counts from 0 with each FROM; −1 before the first. */
  readonly stage: number;
}

/** Reads the instructions; comments and heredocs are not understood inside of them. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const joined = text.replaceAll(/^[ \t]*#.*\n/gm, '').replaceAll(/\\\n/g, ' ');
  let stage = -1;
  return joined.split('\n').flatMap((line) => {
    const parts = /^\s*([A-Za-z]+)\s+(.*?)\s*$/s.exec(line);
    if (!parts) return [];
    const name = (parts[1] ?? '').toUpperCase();
    if (name === 'FROM') stage += 1;
    return [{ name, text: (parts[2] ?? '').replaceAll(/\s+/g, ' '), stage }];
  });
}

/** The words of an exec form, `["node", "x.js"]`; undefined for a shell form. */
export function execForm(text: string): readonly string[] | undefined {
  const at = text.indexOf('[');
  try {
    const words: unknown = JSON.parse(at < 0 ? '' : text.slice(at));
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}

/** The major version of Node that an image name asks for: `node:24-bookworm-slim`. */
export function nodeMajor(image: string): number | undefined {
  const major = /^node:(\d+)-[a-z]+-slim\b/.exec(image)?.[1];
  return major === undefined ? undefined : Number(major);
}

interface Rule {
  readonly says: string;
  readonly isKept: (all: readonly Instruction[]) => boolean;
}

const named = (all: readonly Instruction[], ...names: readonly string[]): readonly Instruction[] =>
  all.filter(({ name }) => names.includes(name));

const lastOf = (all: readonly Instruction[]): readonly Instruction[] =>
  all.filter(({ stage }) => stage === all.at(-1)?.stage);

const indexOf = (all: readonly Instruction[], name: string, text: RegExp): number =>
  all.findIndex((one) => one.name === name && text.test(one.text));

const isExec = ({ text }: Instruction): boolean => execForm(text) !== undefined;

const RULES: readonly Rule[] = [
  {
    says: 'two stages, both from the same slim image of Node with its major version, of no registry by name',
    isKept: (all) => {
      const images = named(all, 'FROM').map(({ text }) => text.split(' ')[0] ?? '');
      return images.length === 2 && images[0] === images[1] && nodeMajor(images[0] ?? '') !== undefined;
    },
  },
  {
    says: 'the packages are installed by npm ci, from the lock file, before the sources are copied',
    isKept: (all) => {
      const install = indexOf(all, 'RUN', /^npm ci$/);
      const lock = indexOf(all, 'COPY', /package-lock\.json/);
      const sources = indexOf(all, 'COPY', /\bsrc\b/);
      return lock >= 0 && lock < install && install < sources;
    },
  },
  {
    says: 'the image has no packages for development',
    isKept: (all) => indexOf(all, 'RUN', /^npm ci --omit=dev$/) > indexOf(all, 'RUN', /^npm run build$/),
  },
  {
    says: 'nothing is fetched but by npm ci',
    isKept: (all) =>
      named(all, 'ADD').length === 0 &&
      named(all, 'RUN').every(({ text }) => !/\b(?:curl|wget|apt|apt-get|npm (?:i|install))\b/.test(text)),
  },
  {
    says: 'no secret is given to the build',
    isKept: (all) => named(all, 'ARG', 'ENV').every(({ text }) => !/token|secret|password/i.test(text)),
  },
  {
    says: 'a user without rights, set after everything has been copied, and before what is run',
    isKept: (all) => {
      const last = lastOf(all);
      const user = indexOf(last, 'USER', /^(?!root\b|0\b)\w+$/);
      const copied = Math.max(...last.map(({ name }, at) => (['COPY', 'RUN'].includes(name) ? at : -1)));
      return user > copied && user < indexOf(last, 'ENTRYPOINT', /./);
    },
  },
  {
    says: 'SIGTERM stops it',
    isKept: (all) => named(lastOf(all), 'STOPSIGNAL').some(({ text }) => text === 'SIGTERM'),
  },
  {
    says: 'it is asked for its liveness',
    isKept: (all) =>
      named(lastOf(all), 'HEALTHCHECK').length === 1 &&
      named(lastOf(all), 'ENV', 'HEALTHCHECK').some(({ text }) => text.includes('/v1/health?live')),
  },
  {
    says: 'entry point, command and health check are in exec form: signals reach the program itself',
    isKept: (all) => {
      const run = named(lastOf(all), 'ENTRYPOINT', 'CMD', 'HEALTHCHECK');
      return run.length === 3 && run.every(isExec);
    },
  },
  {
    says: 'it says what it is: title, description, licence and version of the image',
    isKept: (all) =>
      ['title', 'description', 'licenses', 'version'].every((label) =>
        named(lastOf(all), 'LABEL').some(({ text }) => text.includes(`org.opencontainers.image.${label}=`)),
      ),
  },
];

/** What the Dockerfile should be and is not; empty for a good one. */
export function lintDockerfile(text: string): readonly string[] {
  const all = parseDockerfile(text);
  return RULES.filter(({ isKept }) => !isKept(all)).map(({ says }) => says);
}
