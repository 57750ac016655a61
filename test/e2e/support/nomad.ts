import type { TestOptions } from 'vitest';
import { needsNomad } from '../../support/needs.ts';
import { spawnCli } from '../../support/processes.ts';
import { startNomad } from '../../support/real-nomad.ts';
import { jobBody, type TestJob } from './jobs.ts';

/** A Nomad to test against. */
export interface TestNomad {
  readonly url: string;
  register(job: TestJob): Promise<void>;
  count(jobId: string): Promise<number>;
  get(path: string): Promise<unknown>;
  send(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<unknown>;
}

/** The same tests on both: name, how to start, and the options that skip it where there is none. */
export const NOMADS: readonly {
  readonly name: string;
  readonly start: () => Promise<TestNomad>;
  readonly options: TestOptions;
}[] = [
  { name: 'the simulated Nomad', start: () => startSimulatedNomad(), options: {} },
  { name: 'a real Nomad', start: startRealNomad, options: needsNomad },
];

/** A simulated cluster as a process of its own: `nodes` clients of 4,000 MHz and 8,192 MiB. */
export async function startSimulatedNomad(nodes = 4): Promise<TestNomad> {
  const program = spawnCli(['simulate', '--nomad-port=0', '--consul-port=-1', `--nodes=${nodes}`]);
  const line = await program.waitForLine(/"nomad":/, 20_000);
  const { nomad } = JSON.parse(line.text) as { nomad: string };
  return nomadAt(nomad, {
    stop: () => program.stop(),
    beforeRegister: (job) => setSimulatedLoad(nomad, job),
  });
}

/** Gives the job's group what a simulated Nomad shows as its usage. */
export async function setSimulatedLoad(url: string, job: TestJob): Promise<void> {
  const load = { cpuMhz: { kind: 'constant', value: job.heat === 'hot' ? 400 : 2, per: 'allocation' } };
  const body = JSON.stringify({ job: job.id, group: 'app', load: { ...load, memoryMb: 40 } });
  const answer = await fetch(`${url}/simulator/load`, { method: 'PUT', body });
  if (!answer.ok) throw new Error(`load: ${answer.status} ${await answer.text()}`);
}

async function startRealNomad(): Promise<TestNomad> {
  const server = await startNomad();
  return nomadAt(`http://${server.address}`, {
    stop: () => server.stop(),
    beforeRegister: () => Promise.resolve(),
  });
}

interface NomadPlace {
  readonly stop: () => Promise<unknown>;
  readonly beforeRegister: (job: TestJob) => Promise<void>;
  readonly token?: string;
}

/** The Nomad at that address. */
export function nomadAt(url: string, how: NomadPlace): TestNomad {
  const headers: Record<string, string> = how.token === undefined ? {} : { 'X-Nomad-Token': how.token };
  const send: TestNomad['send'] = async (method, path, body) => {
    const init: RequestInit = { method, headers, body: JSON.stringify(body ?? {}) };
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, text: await answer.text() };
  };
  const get: TestNomad['get'] = async (path) => (await fetch(`${url}${path}`, { headers })).json();
  return {
    url,
    send,
    get,
    stop: how.stop,
    register: async (job) => {
      await how.beforeRegister(job);
      const answer = await send('PUT', '/v1/jobs', jobBody(job));
      if (answer.status !== 200) throw new Error(`register ${job.id}: ${answer.status} ${answer.text}`);
    },
    count: async (jobId) => {
      const job = (await get(`/v1/job/${jobId}`)) as { TaskGroups: { Count: number }[] };
      return job.TaskGroups[0]?.Count ?? -1;
    },
  };
}
