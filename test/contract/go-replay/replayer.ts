import { differences } from './compare.ts';
import { Names } from './names.ts';
import { kindOf, pathOf, recordedCalls, serverOf } from './recorded-run.ts';
import { setStage } from './situation.ts';
import type { FaceResponse } from '../../../src/simulator/face.ts';
import type { RecordedShapes } from './recorded-shapes.ts';
import type { RecordedCall } from './recorded-run.ts';
import type { Situation, Stage } from './situation.ts';

/** One replayed call: what differs, and how many milliseconds later than recorded the answer came. */
export interface Replayed {
  readonly call: RecordedCall;
  readonly differences: readonly string[];
  readonly lateMs: number;
}

interface Sent {
  readonly call: RecordedCall;
  readonly hangUp: AbortController;
  answer?: { readonly given: FaceResponse; readonly atMs: number };
}

interface Step {
  readonly atS: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/** Plays a run's calls at their times to the faces of its situation. */
export async function replay(
  run: string,
  situation: Situation,
  shapes: RecordedShapes,
): Promise<{ readonly replayed: readonly Replayed[]; readonly unknown: readonly string[] }> {
  const calls = recordedCalls(run);
  const replayer = new Replayer(await setStage(situation), calls);
  await replayer.play(calls, situation);
  return { replayed: replayer.results(shapes), unknown: replayer.names.unknown };
}

class Replayer {
  readonly names: Names;
  readonly #stage: Stage;
  readonly #sent: Sent[] = [];
  readonly #indexes = new Map<string, string>();

  constructor(stage: Stage, calls: readonly RecordedCall[]) {
    this.#stage = stage;
    const nodes = stage.world.store.tables.nodes.all().map(({ id }) => id);
    this.names = new Names(calls, nodes);
  }

  async play(calls: readonly RecordedCall[], situation: Situation): Promise<void> {
    const { clock, startMs, world } = this.#stage;
    const happenings = situation.happenings.map(({ atS, happens }) => ({
      atS,
      order: 1,
      run: () => happens(world),
    }));
    const steps: Step[] = [...happenings, ...calls.flatMap((call) => this.#stepsOf(call, situation))];
    for (const { atS, run } of steps.toSorted((a, b) => a.atS - b.atS || a.order - b.order)) {
      await clock.advanceTo(Math.max(startMs + atS * 1000, clock.monotonicMs()));
      await run();
      await clock.settle();
    }
    world.stop();
    for (const { hangUp } of this.#sent) hangUp.abort();
    await clock.settle();
  }

  results(shapes: RecordedShapes): readonly Replayed[] {
    return this.#sent.map(({ call, answer }) => {
      if (call.status === undefined) {
        return {
          call,
          lateMs: 0,
          differences: answer && call.ms > 1000 ? ['answered, hung up recorded'] : [],
        };
      }
      if (!answer) return { call, lateMs: Infinity, differences: [] };
      const lateMs = answer.atMs - (call.t * 1000 + call.ms);
      return { call, lateMs, differences: differences(call, answer.given, shapes) };
    });
  }

  #stepsOf(call: RecordedCall, { overtaken }: Situation): readonly Step[] {
    const sent: Sent = { call, hangUp: new AbortController() };
    const arrivesAtS = call.t + (overtaken.includes(kindOf(call)) ? call.ms / 1000 : 0);
    const start = { atS: arrivesAtS, order: 2, run: () => this.#send(sent) };
    const end = { atS: call.t + call.ms / 1000, order: 0, run: () => sent.hangUp.abort() };
    return call.status === undefined ? [start, end] : [start];
  }

  #send(sent: Sent): void {
    const { call, hangUp } = sent;
    this.#sent.push(sent);
    const [path = '', search = ''] = this.names.translate(call.path, call.path).split('?');
    const query = new URLSearchParams(search);
    const index = query.get('index') ?? '1';
    if (index !== '1')
      query.set('index', this.#indexes.get(`${pathOf(call)} ${index}`) ?? this.#latest(call));
    const body = this.names.translate(call.path, call.requestBody ?? '');
    const request = { method: call.method, path, query, headers: {}, body, signal: hangUp.signal };
    void this.#hear(sent, this.#stage.faces[serverOf(call)].handle(request));
  }

  async #hear(sent: Sent, answer: Promise<FaceResponse>): Promise<void> {
    const given = await answer;
    if (sent.hangUp.signal.aborted) return;
    sent.answer = { given, atMs: this.#stage.clock.monotonicMs() - this.#stage.startMs };
    this.#learn(sent.call, given);
  }

  #latest(call: RecordedCall): string {
    return this.#indexes.get(pathOf(call)) ?? '1';
  }

  #learn(call: RecordedCall, given: FaceResponse): void {
    const own = given.headers['X-Nomad-Index'] ?? given.headers['X-Consul-Index'];
    if (own !== undefined) {
      this.#indexes.set(pathOf(call), own);
      this.#indexes.set(`${pathOf(call)} ${call.index}`, own);
    }
    if (given.status === 200) this.#offer(kindOf(call), JSON.parse(given.body));
  }

  #offer(kind: string, body: any): void {
    if (kind === 'PUT /v1/session/create') this.names.offer('session', body.ID);
    if (kind === 'PUT /v1/jobs') this.names.offer('evaluation', body.EvalID);
    if (kind === 'GET /v1/evaluation/:id' && body.DeploymentID)
      this.names.offer('deployment', body.DeploymentID);
    if (kind === 'GET /v1/allocation/:id') this.names.offer('node', body.NodeID);
    if (kind === 'GET /v1/nodes') for (const { ID } of body) this.names.offer('node', ID);
    if (kind !== 'GET /v1/job/:id/allocations') return;
    const byName = body.toSorted((a: any, b: any) => (a.Name < b.Name ? -1 : 1));
    for (const { ID, ClientStatus } of byName)
      if (ClientStatus === 'running') this.names.offer('allocation', ID);
  }
}
