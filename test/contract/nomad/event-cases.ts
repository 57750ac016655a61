import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from './listening.ts';
import type { Listening } from './listening.ts';
import { deploy, exchange, META, newId, register, running, send, serviceJob, unlike } from './wire.ts';
import type { GuardedNomad, NomadUnderTest } from './wire.ts';

const TOPICS = 'topic=Job&topic=Allocation&topic=Evaluation&topic=Node';
const EVENT = ['FilterKeys', 'Index', 'Key', 'Namespace', 'Payload', 'Topic', 'Type'];

/** The event stream: what a change tells, where it can be taken up again, and who may listen. */
export function eventCases(open: () => NomadUnderTest, openGuarded: () => GuardedNomad): void {
  const settled = async (listening: Listening): Promise<void> => {
    await expect.poll(() => listening.lines.length).toBeGreaterThan(0);
  };
  const ofTopic =
    (topic: string, key: string) =>
    (event: any): boolean =>
      event.Topic === topic && (event.Key === key || event.FilterKeys?.includes(key) === true);

  describe('the event stream', () => {
    test('begins with a heartbeat, at once, and goes on line by line', async () => {
      const nomad = open();
      const stream = await listen(nomad, `${TOPICS}&namespace=*`);
      expect(stream.status).toBe(200);
      expect(stream.headers.get('content-type')).toBe('application/json');
      expect(stream.headers.get('x-nomad-index')).toBeNull();
      await settled(stream);
      expect(stream.lines[0]).toEqual({});
      const id = newId(nomad, 'event');
      await register(nomad, serviceJob(id, 1));
      const event = await stream.until(ofTopic('Job', id));
      expect(Object.keys(event).toSorted()).toEqual(EVENT);
      expect(
        stream.lines.every(({ Index, Events }) => Events?.every((one) => one.Index === Index) ?? true),
      ).toBe(true);
    });

    test('tells a job whole, and allocations whole without their job', async () => {
      const nomad = open();
      const stream = await listen(nomad, `${TOPICS}&namespace=*`);
      await settled(stream);
      const id = newId(nomad, 'whole');
      const { body } = await register(nomad, serviceJob(id, 1));
      const job = await stream.until(ofTopic('Job', id));
      expect(job).toMatchObject({ Type: 'JobRegistered', Namespace: 'default', Index: body.JobModifyIndex });
      expect(job.Payload.Job).toMatchObject({
        ID: id,
        Namespace: 'default',
        Type: 'service',
        Stop: false,
        ParentID: '',
        Periodic: null,
        ParameterizedJob: null,
        JobModifyIndex: body.JobModifyIndex,
        TaskGroups: [{ Name: 'g', Count: 1, Meta: META, Tasks: [{ Resources: { CPU: 50, MemoryMB: 32 } }] }],
      });
      await running(nomad, id, 1);
      const isRunning = (event: any): boolean =>
        ofTopic('Allocation', id)(event) && event.Payload.Allocation.ClientStatus === 'running';
      const { Payload, Index, Key } = await stream.until(isRunning);
      expect(Payload.Allocation).toMatchObject({
        ID: Key,
        Namespace: 'default',
        JobID: id,
        Job: null,
        TaskGroup: 'g',
        DesiredStatus: 'run',
        ModifyIndex: Index,
        AllocatedResources: { Tasks: { t: { Cpu: { CpuShares: 50 }, Memory: { MemoryMB: 32 } } } },
        TaskStates: { t: { State: 'running' } },
      });
      expect(Payload.Allocation.JobType).toBeUndefined();
      const list = await send(nomad, '/v1/allocations?namespace=*');
      const [row] = list.body.filter((one: any) => one.ID === Key);
      for (const name of ['NodeID', 'CreateTime', 'DesiredStatus'])
        expect(Payload.Allocation[name]).toEqual(row[name]);
    });

    test('tells every write up to the index of the list', async () => {
      const nomad = open();
      const stream = await listen(nomad, `${TOPICS}&namespace=*`);
      await settled(stream);
      const id = newId(nomad, 'upto');
      await deploy(nomad, serviceJob(id, 1));
      await nomad.elapse(2_000);
      const { index } = await send(nomad, '/v1/allocations?namespace=*&prefix=ffffffff');
      await stream.until((event) => event.Index >= index);
      expect(stream.events().filter(ofTopic('Allocation', id)).length).toBeGreaterThan(2);
    });

    test('tells of a job that is stopped, and of one that is purged only by its evaluation', async () => {
      const nomad = open();
      const [stopped, purged] = [newId(nomad, 'stopped'), newId(nomad, 'purged')];
      for (const id of [stopped, purged]) await register(nomad, serviceJob(id, 0));
      const stream = await listen(nomad, `${TOPICS}&namespace=*&index=1000000`);
      await settled(stream);
      await send(nomad, `/v1/job/${stopped}`, { method: 'DELETE' });
      await stream.until((event) => ofTopic('Job', stopped)(event) && event.Payload.Job.Stop === true);
      const from = stream.events().length;
      await send(nomad, `/v1/job/${purged}?purge=true`, { method: 'DELETE' });
      await stream.until((event) => ofTopic('Evaluation', purged)(event) && event.Type === 'JobDeregistered');
      await nomad.elapse(1_000);
      expect(stream.events().slice(from).filter(ofTopic('Job', purged))).toEqual([]);
    });

    test('tells a node whole, without its secret', async () => {
      const nomad = open();
      const [{ ID }] = (await send(nomad, '/v1/nodes')).body;
      const eligibility = (value: string) =>
        send(nomad, `/v1/node/${ID}/eligibility`, { body: { NodeID: ID, Eligibility: value } });
      onTestFinished(async () => void (await eligibility('eligible')));
      const stream = await listen(nomad, `topic=Node&index=1000000`);
      await settled(stream);
      await eligibility('ineligible');
      const event = await stream.until(
        ({ Payload }) => Payload.Node.SchedulingEligibility === 'ineligible' && Payload.Node.ID === ID,
      );
      const { body } = await send(nomad, `/v1/node/${ID}`);
      expect(event).toMatchObject({ Topic: 'Node', Key: ID, Namespace: '', Index: body.ModifyIndex });
      for (const name of ['ModifyIndex', 'CreateIndex', 'Status', 'Attributes', 'NodeResources', 'HTTPAddr'])
        expect(event.Payload.Node[name]).toEqual(body[name]);
      expect(event.Payload.Node).toMatchObject({ SecretID: '', DrainStrategy: null });
    });

    test('is taken up again at the write of an index, which comes first; beyond the last, at the last', async () => {
      const nomad = open();
      const id = newId(nomad, 'again');
      const first = await listen(nomad, `${TOPICS}&namespace=*`);
      await settled(first);
      await deploy(nomad, serviceJob(id, 1));
      const { Index } = await first.until(ofTopic('Allocation', id));
      await nomad.elapse(2_000);
      const again = await listen(nomad, `${TOPICS}&namespace=*&index=${Index}`);
      await again.until((event) => event.Index > Index);
      expect(again.events()[0].Index).toBe(Index);
      const last = again.events().at(-1).Index;
      const beyond = await listen(nomad, `${TOPICS}&namespace=*&index=${last + 1_000_000}`);
      await beyond.until(() => true);
      expect(beyond.events()[0].Index).toBeLessThanOrEqual(last + 1_000);
    });

    test('of one namespace tells of no other, but of nodes', async () => {
      const nomad = open();
      const id = newId(nomad, 'other');
      const stream = await listen(nomad, `${TOPICS}&namespace=nosuch`);
      await settled(stream);
      await register(nomad, serviceJob(id, 0));
      await nomad.elapse(2_000);
      expect(stream.events().filter(({ Topic }) => Topic !== 'Node')).toEqual([]);
    });

    test('of a topic that there is not tells nothing; an index that is none is refused', async () => {
      const nomad = open();
      expect((await listen(nomad, 'topic=Nope')).status).toBe(exchange('event-stream', 2).status);
      const refused = await send(nomad, '/v1/event/stream?index=abc');
      expect(unlike(refused, exchange('event-stream', 3))).toEqual([]);
    });

    test('refuses a topic of three parts, and another method', async () => {
      const topic = await send(open(), '/v1/event/stream?topic=a:b:c');
      expect([topic.status, topic.text]).toEqual([
        400,
        'Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: a:b:c',
      ]);
      const put = await send(open(), '/v1/event/stream', { method: 'PUT' });
      expect([put.status, put.text]).toEqual([405, 'Invalid method']);
    });
  });

  describe('the event stream under access control', () => {
    const ask = async (query: string, token?: string): Promise<number> => {
      const headers = token === undefined ? {} : { 'X-Nomad-Token': token };
      const stream = await listen(openGuarded(), query, headers);
      stream.close();
      return stream.status;
    };

    test.each([
      ['jobs of its namespace, to a reader', 'readOnly', 'topic=Job&topic=Allocation&topic=Evaluation', 200],
      ['nodes, to a reader of them', 'readOnly', 'topic=Job&topic=Node', 200],
      ['all namespaces, to a reader of one', 'readOnly', 'topic=Job&namespace=*', 500],
      ['jobs, to one who may scale alone', 'scale', 'topic=Allocation', 500],
      ['nodes, to one who may do nothing with them', 'scale', 'topic=Node', 500],
      ['jobs, to one for nodes alone', 'nodeOnly', 'topic=Node&topic=Job', 500],
      ['everything, to a reader', 'readOnly', '', 500],
    ] as const)('%s', async (_, name, query, status) => {
      expect(await ask(query, openGuarded().tokens[name])).toBe(status);
    });

    test('anything, to nobody', async () => {
      expect(await ask('topic=Job')).toBe(500);
      const refused = await send(openGuarded(), '/v1/event/stream?topic=Job');
      expect(refused.text).toBe('Permission denied');
    });
  });
}
