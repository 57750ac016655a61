import { onTestFinished } from 'vitest';
import { runCli } from '../../cmd/cli.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { initialState, type ScalingState } from '../../src/domain/scaling-state.ts';
import { encodeState } from '../../src/domain/state-document.ts';
import type { ConsulAcl } from '../../src/simulator/consul/acl.ts';
import { type ConsulFace, createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { Face, FaceRequest, FaceResponse } from '../../src/simulator/face.ts';
import { Random } from '../../src/simulator/random.ts';
import { serveFace } from '../../src/simulator/serve.ts';

export const ROOT = 'replicator/config';

/** What a run of the command came to. `asked`: the question, if there was one. */
export interface Outcome {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
  readonly asked: string | undefined;
}

/** A simulated Consul behind a socket, and the command line that talks to it. */
export interface FailsafeRoom {
  readonly consul: ConsulFace;
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Told of each request; what it answers is sent instead. */
  intercept: (request: FaceRequest) => FaceResponse | undefined;
  /** A key's JSON. */
  json(key: string): unknown;
  /** Every key and its text. */
  dump(): Readonly<Record<string, string | undefined>>;
  /** `replicator <command> …` where nobody can be asked. */
  command(name: string, ...flags: readonly string[]): Promise<Outcome>;
  /** `replicator failsafe …` likewise. */
  run(...flags: readonly string[]): Promise<Outcome>;
  /** The same at a terminal where somebody answers so; undefined: the input ends. */
  answer(line: string | undefined, ...flags: readonly string[]): Promise<Outcome>;
}

/** Opens a room; it is closed when the test ends. */
export async function openFailsafeRoom(acl?: ConsulAcl): Promise<FailsafeRoom> {
  const clock = systemClock();
  const consul = createConsulFace({ clock, random: new Random(3), ...(acl && { acl }) });
  const face: Face = { handle: async (request) => room.intercept(request) ?? consul.handle(request) };
  const server = await serveFace(face);
  onTestFinished(() => server.close());
  const address = `127.0.0.1:${server.port}`;
  const room: FailsafeRoom = {
    consul,
    address,
    intercept: () => undefined,
    json: (key) => JSON.parse(consul.key(key)?.text ?? 'null'),
    dump: () => Object.fromEntries(consul.keys().map(({ key }) => [key, consul.key(key)?.text])),
    command: (name, ...flags) => run([name, `-consul=${address}`, ...flags], undefined),
    run: (...flags) => room.command('failsafe', ...flags),
    answer: (line, ...flags) => run(['failsafe', `-consul=${address}`, ...flags], { line }),
  };
  return room;
}

async function run(
  argv: readonly string[],
  person: { readonly line: string | undefined } | undefined,
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const question: { text?: string } = {};
  const terminal = {
    out: (text: string) => void out.push(...text.split('\n')),
    err: (text: string) => void err.push(...text.split('\n')),
    isInteractive: person !== undefined,
    columns: undefined,
    ask: (text: string) => {
      question.text = text;
      return Promise.resolve(person?.line);
    },
  };
  const code = await runCli(argv, { terminal, environment: {} });
  return { code, out, err, asked: question.text };
}

/** A state object as an agent writes it. */
export function stateText(path: string, more: Partial<ScalingState> = {}): string {
  const type = path.includes('/state/nodes/') ? 'worker_pool' : 'job_group';
  const name = path.slice(path.lastIndexOf('/') + 1);
  return encodeState({ ...initialState({ name, type, path }), ...more }, 0);
}

/** Puts state objects there, by the rest of their keys behind `<root>/state/`; answers the keys. */
export function putStates(room: FailsafeRoom, ...rests: readonly string[]): readonly string[] {
  return rests.map((rest) => {
    const key = `${ROOT}/state/${rest}`;
    room.consul.putKey(key, stateText(key));
    return key;
  });
}
