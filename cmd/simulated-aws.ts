import type { Clock } from '../src/ports/clock.ts';
import { createAwsFace } from '../src/simulator/aws/aws-face.ts';
import { type CloudPools, createCloudPools } from '../src/simulator/aws/cloud-pools.ts';
import { type CloudReader, FollowedPools } from '../src/simulator/aws/followed-pools.ts';
import type { RequestLogEntry } from '../src/simulator/http-handler.ts';
import { type FaceServer, serveFace } from '../src/simulator/serve.ts';
import type { WorldDescription } from '../src/simulator/world-file.ts';
import type { World } from '../src/simulator/world/world.ts';

/** Another AWS whose instances become nodes. */
export interface Following {
  readonly reader: CloudReader;
  /** Told why a pool could not be read. */
  readonly failed: (pool: string, error: unknown) => void;
}

/** Where the instances of a cluster's pools come from: an AWS of its own, or another that is followed. */
export interface SimulatedAws {
  readonly cloud?: CloudPools;
  readonly followed?: FollowedPools;
  /** Where the cluster's own AWS is served. */
  readonly server: FaceServer | undefined;
  close(): Promise<void>;
}

export interface AwsParts {
  readonly world: World;
  readonly description: WorldDescription;
  readonly machineClock: Clock;
  /** 0: a free one; −1: none. */
  readonly port: number;
  readonly follow: Following | undefined;
  readonly log: (entry: RequestLogEntry) => void;
}

/** Builds the pools and serves their AWS, or begins to follow another. */
export function startAws(parts: AwsParts): Promise<SimulatedAws> {
  return parts.follow ? Promise.resolve(follow(parts, parts.follow)) : serveOwn(parts);
}

function follow({ world, description, machineClock }: AwsParts, { reader, failed }: Following): SimulatedAws {
  const followed = new FollowedPools({
    world,
    pools: description.pools,
    reader,
    clock: machineClock,
    failed,
  });
  followed.start();
  return { followed, server: undefined, close: () => followed.stop() };
}

async function serveOwn({ world, description, port, log }: AwsParts): Promise<SimulatedAws> {
  const cloud = createCloudPools(world, description.pools, description.seed);
  const server = port < 0 ? undefined : await serveFace(createAwsFace(cloud.cloud), { port, log });
  return {
    cloud,
    server,
    close: async () => {
      cloud.stop();
      await server?.close();
    },
  };
}
