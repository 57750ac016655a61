import { findMoto } from '../setup/find-moto.mjs';
import { freePort } from './free-port.ts';
import { startServer } from './server-process.ts';
import type { RunningServer } from './server-process.ts';

/** A moto (a mock of AWS), empty, on a free loopback port, ready. */
export async function startMoto(): Promise<RunningServer> {
  const moto = findMoto();
  if (moto === undefined) throw new Error('no moto on this machine: node test/setup/moto.mjs');
  const httpPort = await freePort();
  return startServer({
    name: 'moto',
    program: moto.program,
    version: moto.version,
    httpPort,
    readyMs: 60_000,
    endMs: 10_000,
    env: moto.env,
    prepare: () => [...moto.args, '-H', '127.0.0.1', '-p', String(httpPort)],
    isReady: async (signal) => (await fetch(`http://127.0.0.1:${httpPort}/moto-api/`, { signal })).ok,
  });
}
