import type { Clock } from '../src/ports/clock.ts';
import type { CloudPools } from '../src/simulator/aws/cloud-pools.ts';
import type { ConsulAcl } from '../src/simulator/consul/acl.ts';
import { type ConsulInspection, createConsulFace } from '../src/simulator/consul/consul-face.ts';
import { CONTROL_PREFIX, createControlFace } from '../src/simulator/control-face.ts';
import type { RequestLogEntry } from '../src/simulator/http-handler.ts';
import { createNomadFace, type NomadFaceOptions } from '../src/simulator/nomad/face.ts';
import { Random } from '../src/simulator/random.ts';
import { type FaceServer, mountFaces, serveFace } from '../src/simulator/serve.ts';
import { buildWorld, type WorldDescription } from '../src/simulator/world-file.ts';
import type { World } from '../src/simulator/world/world.ts';
import { type Following, type SimulatedAws, startAws } from './simulated-aws.ts';

/** A simulated cluster behind sockets on loopback. */
export interface SimulatedCluster {
  readonly world: World;
  readonly nomad: FaceServer;
  readonly consul: FaceServer | undefined;
  /** What Consul holds, seen from inside. */
  readonly consulKeys: Pick<ConsulInspection, 'key' | 'keys'> | undefined;
  /** Auto Scaling and EC2. */
  readonly aws: FaceServer | undefined;
  /** The AWS behind it; undefined where another is followed. */
  readonly cloud: CloudPools | undefined;
  /** The last requests to each server, oldest first. */
  readonly nomadLog: readonly RequestLogEntry[];
  readonly consulLog: readonly RequestLogEntry[];
  readonly awsLog: readonly RequestLogEntry[];
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
  /** 0: a free one; −1, as when it is left out: AWS is not served. */
  readonly awsPort?: number;
  /** Access control, and what the servers call themselves; everything is allowed where it is left out. */
  readonly nomadOptions?: NomadFaceOptions;
  readonly consulAcl?: ConsulAcl;
  /** Another AWS instead of one of its own. */
  readonly follow?: Following | undefined;
}

/** Requests that are remembered, each server. */
const LOG_LENGTH = 200_000;

interface Logs {
  readonly nomad: RequestLogEntry[];
  readonly consul: RequestLogEntry[];
  readonly aws: RequestLogEntry[];
}

/** Builds the world and serves it. Rejects when a port cannot be had; nothing is left open then. */
export async function startCluster(options: ClusterOptions): Promise<SimulatedCluster> {
  const world = buildWorld(options.description, options.clock);
  const logs: Logs = { nomad: [], consul: [], aws: [] };
  const opened: { close(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(opened.map((one) => one.close())));
  try {
    const aws = await startAws(awsParts(options, world, logs));
    opened.push(aws);
    const nomad = await serveNomad(options, { world, logs, aws });
    opened.push(nomad);
    const consul = await serveConsul(options, logs.consul);
    if (consul) opened.push(consul.server);
    return {
      world,
      nomad,
      consul: consul?.server,
      consulKeys: consul?.face,
      aws: aws.server,
      cloud: aws.cloud,
      nomadLog: logs.nomad,
      consulLog: logs.consul,
      awsLog: logs.aws,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function awsParts(options: ClusterOptions, world: World, logs: Logs): Parameters<typeof startAws>[0] {
  const { description, machineClock, awsPort = -1, follow } = options;
  return { world, description, machineClock, port: awsPort, follow, log: keep(logs.aws) };
}

function serveNomad(
  { nomadPort, nomadOptions }: ClusterOptions,
  { world, logs, aws }: { readonly world: World; readonly logs: Logs; readonly aws: SimulatedAws },
): Promise<FaceServer> {
  const { cloud, followed } = aws;
  const control = createControlFace(world, {
    log: () => logs.nomad,
    awsLog: () => logs.aws,
    ...(cloud && { cloud }),
    ...(followed && { followed }),
  });
  const faces = mountFaces([
    [CONTROL_PREFIX, control],
    ['/', createNomadFace(world, nomadOptions)],
  ]);
  return serveFace(faces, { port: nomadPort, gzip: true, log: keep(logs.nomad) });
}

async function serveConsul(
  { consulPort, machineClock, description, consulAcl }: ClusterOptions,
  log: RequestLogEntry[],
): Promise<{ readonly face: ConsulInspection; readonly server: FaceServer } | undefined> {
  if (consulPort < 0) return undefined;
  const face = createConsulFace({
    clock: machineClock,
    random: new Random(`${description.seed}/consul`),
    ...(consulAcl && { acl: consulAcl }),
  });
  return { face, server: await serveFace(face, { port: consulPort, log: keep(log) }) };
}

function keep(log: RequestLogEntry[]): (entry: RequestLogEntry) => void {
  return (entry) => {
    log.push(entry);
    if (log.length > LOG_LENGTH) log.splice(0, LOG_LENGTH / 10);
  };
}
