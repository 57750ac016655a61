import type { Clock } from '../src/ports/clock.ts';
import { createConsulFace } from '../src/simulator/consul/consul-face.ts';
import { CONTROL_PREFIX, createControlFace } from '../src/simulator/control-face.ts';
import type { RequestLogEntry } from '../src/simulator/http-handler.ts';
import { createNomadFace } from '../src/simulator/nomad/face.ts';
import { Random } from '../src/simulator/random.ts';
import { type FaceServer, mountFaces, serveFace } from '../src/simulator/serve.ts';
import { buildWorld, type WorldDescription } from '../src/simulator/world-file.ts';
import type { World } from '../src/simulator/world/world.ts';

/** A simulated cluster behind sockets on loopback. */
export interface SimulatedCluster {
  readonly world: World;
  readonly nomad: FaceServer;
  readonly consul: FaceServer | undefined;
  /** The last requests to each server, oldest first. */
  readonly nomadLog: readonly RequestLogEntry[];
  readonly consulLog: readonly RequestLogEntry[];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly description: WorldDescription;
  /** The cluster's time. */
  readonly clock: Clock;
  /** Sessions and their TTLs always run on the machine's. */
  readonly machineClock: Clock;
  /** 0: a free one. */
  readonly nomadPort: number;
  /** 0: a free one; −1: no Consul. */
  readonly consulPort: number;
}

/** Requests that are remembered, each server. */
const LOG_LENGTH = 200_000;

/** Builds the world and serves it. Rejects when a port cannot be had; nothing is left open then. */
export async function startCluster(options: ClusterOptions): Promise<SimulatedCluster> {
  const world = buildWorld(options.description, options.clock);
  const nomadLog: RequestLogEntry[] = [];
  const consulLog: RequestLogEntry[] = [];
  const faces = mountFaces([
    [CONTROL_PREFIX, createControlFace(world, { log: () => nomadLog })],
    ['/', createNomadFace(world)],
  ]);
  const nomad = await serveFace(faces, { port: options.nomadPort, gzip: true, log: keep(nomadLog) });
  try {
    const consul = await serveConsul(options, consulLog);
    return {
      world,
      nomad,
      consul,
      nomadLog,
      consulLog,
      stop: async () => void (await Promise.all([nomad.close(), consul?.close()])),
    };
  } catch (error) {
    await nomad.close();
    throw error;
  }
}

async function serveConsul(
  { consulPort, machineClock, description }: ClusterOptions,
  log: RequestLogEntry[],
): Promise<FaceServer | undefined> {
  if (consulPort < 0) return undefined;
  const face = createConsulFace({ clock: machineClock, random: new Random(`${description.seed}/consul`) });
  return serveFace(face, { port: consulPort, log: keep(log) });
}

function keep(log: RequestLogEntry[]): (entry: RequestLogEntry) => void {
  return (entry) => {
    log.push(entry);
    if (log.length > LOG_LENGTH) log.splice(0, LOG_LENGTH / 10);
  };
}
