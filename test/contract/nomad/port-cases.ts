import { describe, expect, onTestFinished, test } from 'vitest';
import { createNomad } from '../../../src/adapters/nomad/nomad.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { ClusterView, Nomad } from '../../../src/ports/nomad.ts';
import { PortError } from '../../../src/ports/port-error.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';
import { batchJob, deploy, newId, register, running, send, serviceJob, sleeper } from './wire.ts';
import type { NomadUnderTest } from './wire.ts';

const never = new AbortController().signal;
const permit: WritePermit = { signal: never, assertHeld: () => undefined };

interface Followed {
  readonly nomad: Nomad;
  /** The first view that is as wished. */
  readonly until: (isWished: (view: ClusterView) => boolean) => Promise<ClusterView>;
}

/** The port over the server, its lists and nodes followed; closed when the case has ended. */
function follow(server: NomadUnderTest): Followed {
  const nomad = createNomad({
    address: server.url,
    namespace: '*',
    tls: {},
    clock: server.clock,
    random: Math.random,
    writeAgent: createWriteAgent,
  });
  const heard: { view?: ClusterView } = {};
  nomad.follow(
    {
      changed: (view) => {
        heard.view = view;
      },
      failed: () => undefined,
      recovered: () => undefined,
    },
    { nodes: true },
  );
  onTestFinished(() => nomad.close());
  const until = async (isWished: (view: ClusterView) => boolean): Promise<ClusterView> => {
    const endMs = server.nowMs() + 40_000;
    for (; server.nowMs() < endMs; await server.elapse(100)) {
      if (heard.view !== undefined && isWished(heard.view)) return heard.view;
      // The simulated clock does not wait for answers on their way to us.
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
    }
    throw new Error('no such view within 40 s');
  };
  return { nomad, until };
}

/** Lets the server's time pass until the promise settles. */
async function during<T>(server: NomadUnderTest, promise: Promise<T>): Promise<T> {
  const state = { settled: false };
  const done = promise.finally(() => {
    state.settled = true;
  });
  done.catch(() => undefined);
  while (!state.settled) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    if (!state.settled) await server.elapse(20);
  }
  return done;
}

/** The port itself, on top of the wire. */
export function portCases(open: () => NomadUnderTest): void {
  describe('the port', () => {
    test('shows the node, what runs on it and what it was given', async () => {
      const server = open();
      const id = newId(server, 'shown');
      await deploy(server, serviceJob(id, 2));
      const { nomad, until } = follow(server);
      const ref = { namespace: 'default', jobId: id, group: 'g' };
      const view = await until((seen) => seen.nodes?.all.length === 1 && seen.allocations(ref).length === 2);
      const node = view.nodes?.all[0];
      expect(node).toMatchObject({ status: 'ready', eligible: true, draining: false, datacenter: 'dc1' });
      expect(node?.nodePool).toBe('default');
      expect(node?.drivers).toContain('raw_exec');
      expect(node?.capacity).toMatchObject({ cpuMhz: 4000, memoryMb: 4096 });
      expect(node?.addresses.length).toBeGreaterThan(0);
      const own = view.allocationsOn(node?.id ?? '').filter(({ jobId }) => jobId === id);
      const resources = { cpuMhz: 50, memoryMb: 32, diskMb: 20 };
      expect(own).toMatchObject([
        { jobType: 'service', resources },
        { jobType: 'service', resources },
      ]);
      expect(view.allocation(own[0]?.id ?? '')).toBe(own[0]);
      expect(view.groupFacts(ref)?.needs).toMatchObject({
        resources,
        datacenters: ['dc1'],
        drivers: ['raw_exec'],
        unplaceable: [],
      });
      const read = await during(server, nomad.readNodeAllocations(node?.id ?? '', never));
      const ofJob = read.filter(({ jobId }) => jobId === id);
      expect(ofJob.map(({ id: one }) => one).toSorted()).toEqual(own.map(({ id: one }) => one).toSorted());
      expect(ofJob[0]).toMatchObject({ jobType: 'service', resources });
      expect(await during(server, nomad.readNode(node?.id ?? '', never))).toEqual(node);
    });

    test('drains a node and makes it eligible again', async () => {
      const server = open();
      const id = newId(server, 'drained');
      await register(server, batchJob(id, 1));
      await running(server, id, 1);
      const { nomad, until } = follow(server);
      const nodeId = (await until((view) => view.nodes?.all.length === 1)).nodes?.all[0]?.id ?? '';
      onTestFinished(async () => {
        const body = { DrainSpec: null, MarkEligible: true };
        await send(server, `/v1/node/${nodeId}/drain`, { body });
      });
      await during(server, nomad.drain(nodeId, permit));
      expect(await during(server, nomad.readNode(nodeId, never))).toMatchObject({
        eligible: false,
        draining: true,
      });
      await until((view) => view.nodes?.all[0]?.draining === true);
      const [allocation] = (await during(server, nomad.readNodeAllocations(nodeId, never))).filter(
        ({ jobId }) => jobId === id,
      );
      expect(allocation).toMatchObject({ clientStatus: 'running', desiredStatus: 'run', jobType: 'batch' });
      await during(server, nomad.undrain(nodeId, permit));
      const back = await until((view) => view.nodes?.all[0]?.draining === false);
      expect(back.nodes?.all[0]?.eligible).toBe(true);
    });

    test('refuses to drain what is not there', async () => {
      const server = open();
      const { nomad } = follow(server);
      const drained = nomad.drain('11111111-2222-3333-4444-555555555555', permit);
      const error: unknown = await during(server, drained).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PortError);
      expect(error).toMatchObject({ kind: 'not-found', detail: { outcomeUnknown: false } });
    });

    test('tells what waits for room and why, of children too', async () => {
      const server = open();
      const [id, parent] = [newId(server, 'waits'), newId(server, 'encode')];
      const [group] = serviceJob(id, 2)['TaskGroups'];
      const TaskGroups = [{ ...group, Tasks: [sleeper('t', 5_000)] }];
      await register(server, { ...serviceJob(id, 2), TaskGroups });
      await register(server, { ...batchJob(parent, 1), TaskGroups, ParameterizedJob: {} });
      const { body } = await send(server, `/v1/job/${parent}/dispatch`, { body: {} });
      const child: string = body.DispatchedJobID;
      onTestFinished(async () => {
        await send(server, `/v1/job/${encodeURIComponent(child)}?purge=true`, { method: 'DELETE' });
      });
      const { nomad, until } = follow(server);
      const own = (view: ClusterView) => view.queued.filter(({ jobId }) => [id, child].includes(jobId));
      const view = await until((seen) => own(seen).length === 2);
      expect(own(view)).toEqual([
        { namespace: 'default', jobId: child, group: 'g', queued: 2 },
        { namespace: 'default', jobId: id, group: 'g', queued: 2 },
      ]);
      for (const jobId of [id, child]) {
        const ref = { namespace: 'default', jobId };
        expect(view.groupFacts({ ...ref, group: 'g' })?.needs.resources.cpuMhz).toBe(5_000);
        const { evaluations } = await during(server, nomad.readRollout(ref, never));
        const blocked = evaluations.find(({ status }) => status === 'blocked');
        const naming = evaluations.find(({ blockedId }) => blockedId === blocked?.id);
        expect(naming?.failures).toEqual({ g: { exhausted: ['cpu'], quotas: [], nodesExhausted: 1 } });
      }
    });
  });
}
