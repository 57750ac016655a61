import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createNomadFace } from '../../src/simulator/nomad/face.ts';
import { serveFace } from '../../src/simulator/serve.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { World } from '../../src/simulator/world/world.ts';
import { needsNomad } from '../support/needs.ts';
import { startNomad } from '../support/real-nomad.ts';
import { nomadContract } from './nomad-suite.ts';
import { guard, POLICIES } from './nomad/guard.ts';
import { startGuardedNomad } from './nomad/guarded-server.ts';
import { serviceJob } from './nomad/wire.ts';
import type { Face } from '../../src/simulator/face.ts';
import type { NomadFaceOptions } from '../../src/simulator/nomad/face.ts';
import type { FaceServer } from '../../src/simulator/serve.ts';
import type { RunningServer } from '../support/server-process.ts';
import type { GuardedNomad, NomadUnderTest } from './nomad/wire.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Served {
  readonly nomad: NomadUnderTest;
  readonly server: FaceServer;
  readonly world: World;
}

/** A world of one node in virtual time, its face behind a socket. */
async function serveWorld(options: NomadFaceOptions = {}): Promise<Served> {
  const clock = new VirtualClock();
  const world = new World({ clock, seed: 11, timing: { startMs: [100, 300] } });
  world.addNode({ name: 'node-1', cpuMhz: 4000, memoryMb: 4096 });
  const face = createNomadFace(world, options);
  const requests = { open: 0 };
  const watched: Face = {
    handle: async (request) => {
      requests.open += 1;
      try {
        return await face.handle(request);
      } finally {
        requests.open -= 1;
      }
    },
  };
  const server = await serveFace(watched, { activity: () => clock.activity(), gzip: true });
  const nomad = {
    url: server.url,
    arrive: async (pending: number) => {
      while (requests.open < pending) await nextTurn();
      await clock.settle();
    },
    elapse: (ms: number) => clock.advance(ms),
    nowMs: () => clock.monotonicMs(),
    clock,
  };
  return { nomad, server, world };
}

const simulated: { plain?: Served; guarded?: Served & { tokens: GuardedNomad['tokens'] } } = {};

describe('simulated', () => {
  beforeAll(async () => {
    const tokens = {
      readOnly: 'a0000000-0000-0000-0000-000000000001',
      scale: 'a0000000-0000-0000-0000-000000000002',
      autoscaler: 'a0000000-0000-0000-0000-000000000003',
      nodeOnly: 'a0000000-0000-0000-0000-000000000004',
    };
    const acl = {
      tokens: {
        [tokens.readOnly]: POLICIES.readOnly.rules,
        [tokens.scale]: POLICIES.scale.rules,
        [tokens.autoscaler]: POLICIES.autoscaler.rules,
        [tokens.nodeOnly]: POLICIES.nodeOnly.rules,
      },
    };
    simulated.plain = await serveWorld();
    const guarded = await serveWorld({ acl });
    guarded.world.jobs.register(serviceJob('web', 1));
    await guarded.nomad.elapse(10_000);
    simulated.guarded = { ...guarded, tokens };
  });
  afterAll(async () => {
    await simulated.plain?.server.close();
    await simulated.guarded?.server.close();
  });

  nomadContract('the simulated Nomad', {
    open: () => need(simulated.plain).nomad,
    openGuarded: () => ({ ...need(simulated.guarded).nomad, tokens: need(simulated.guarded).tokens }),
  });
});

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not served yet');
  return value;
}

function real({ address }: RunningServer): NomadUnderTest {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    url: `http://${address}`,
    arrive: () => pause(60),
    elapse: pause,
    nowMs: () => performance.now(),
    clock: systemClock(),
  };
}

describe('beside a real one', needsNomad, () => {
  let plain: RunningServer | undefined;
  let locked: RunningServer | undefined;
  let guarded: GuardedNomad | undefined;

  beforeAll(async () => {
    plain = await startNomad();
    locked = await startGuardedNomad();
    guarded = await guard(real(locked));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([plain?.stop(), locked?.stop()]);
  }, 60_000);

  nomadContract('the real Nomad', {
    open: () => real(need(plain)),
    openGuarded: () => need(guarded),
  });
});
