import { keysBelow } from '../../src/domain/keys.ts';
import type { GroupRef } from '../../src/domain/snapshot.ts';
import { afterSuccess } from '../../src/domain/scaling-state.ts';
import { decodeState, encodeState } from '../../src/domain/state-document.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  asArray,
  asNumber,
  asObject,
  asText,
  type JsonObject,
  parseJson,
} from '../../src/simulator/json-text.ts';
import type { World } from '../../src/simulator/world/world.ts';
import type { Act, Scenario, Step } from './scenario.ts';

/** Where a script is played. */
export interface Stage {
  readonly clock: Clock;
  readonly world: World;
  readonly consulUrl: string;
  /** Told what happens, and what could not be done. */
  readonly say: (text: string) => void;
  readonly failed: (text: string) => void;
}

/** The key root of an agent that is told none. */
const KEY_ROOT = 'replicator/config';

/** Plays the script of a scenario from now on; the answer ends it. */
export function playScript(scenario: Scenario, stage: Stage): () => void {
  const cancels = new Set<() => void>();
  const plan = (afterS: number, run: () => void): void => {
    const cancel = stage.clock.after(afterS * 1000, () => {
      cancels.delete(cancel);
      run();
    });
    cancels.add(cancel);
  };
  const turn = (): void => {
    for (const step of scenario.script) plan(step.atS, () => void take(step, stage));
    if (scenario.repeatS !== undefined) plan(scenario.repeatS, turn);
  };
  turn();
  return () => {
    for (const cancel of cancels) cancel();
  };
}

async function take({ say, act }: Step, stage: Stage): Promise<void> {
  stage.say(say);
  try {
    await perform(act, stage);
  } catch (error) {
    stage.failed(`${say}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function perform(act: Act, stage: Stage): Promise<void> {
  switch (act.kind) {
    case 'faults':
      return stage.world.setFaults(act.faults);
    case 'deploy':
      return deploy(stage.world, act);
    case 'reset-failsafe':
      return resetFailsafe(stage, act.group);
  }
}

function deploy(world: World, act: { readonly job: string; readonly image: string }): void {
  const job = world.store.job('default', act.job);
  if (job) world.jobs.register(withImage(job.spec.json, act.image));
}

function withImage(job: JsonObject, image: string): JsonObject {
  const withTasks = (group: JsonObject): JsonObject => ({
    ...group,
    Tasks: asArray(group['Tasks']).map((task) => ({
      ...asObject(task),
      Config: { ...asObject(asObject(task)['Config']), image },
    })),
  });
  return { ...job, TaskGroups: asArray(job['TaskGroups']).map((group) => withTasks(asObject(group))) };
}

/** As the operator's command does: the state without failures, written if nobody else has meanwhile. */
async function resetFailsafe({ consulUrl, clock }: Stage, ref: GroupRef): Promise<void> {
  const url = `${consulUrl}/v1/kv/${keysBelow(KEY_ROOT).groupState(ref)}`;
  const { text, index } = await readKey(url);
  const reading = decodeState(text);
  if (!reading.ok) throw new Error(reading.fault);
  const state = { ...afterSuccess(reading.state), failsafeMode: false, failsafeAdmin: false };
  const body = encodeState(state, clock.now());
  const written = await fetch(`${url}?cas=${index}`, { method: 'PUT', body });
  if ((await written.text()).trim() !== 'true') throw new Error('the state has changed meanwhile');
}

async function readKey(url: string): Promise<{ readonly text: string; readonly index: number }> {
  const read = await fetch(url);
  if (!read.ok) throw new Error(`there is no state (${read.status})`);
  const entry = asObject(asArray(parseJson(await read.text()))[0]);
  const text = Buffer.from(asText(entry['Value']), 'base64').toString('utf8');
  return { text, index: asNumber(entry['ModifyIndex']) };
}
