import { batch, each, type GroupPart, type Scenario, service, wave } from './scenario.ts';

/** A group whose demand passes between two values within `periodS`; a `phaseS` of its own sets it apart. */
function moving(name: string, periodS: number, phaseS: number): GroupPart {
  return {
    name,
    count: 2,
    policy: { bounds: [1, 4], cpu: [35, 75], cooldownS: 20 },
    cpuMhz: 300,
    memoryMb: 128,
    load: { cpuMhz: wave([150, 850], periodS, phaseS), memoryMb: each(60), noise: 0.03 },
  };
}

/** The scenario with a group of agents. Its partitions: 2 to 10 and 13 to 15, each of a task group of its own. */
export const GROUP_SCENARIO = {
  summary: 'three agents share the work; one is killed, one is stopped, and both come back',
  nodes: [{ name: 'node', count: 6, cpuMhz: 4000, memoryMb: 8192 }],
  jobs: [
    service('shop', moving('web', 600, 0)),
    service('cart', moving('api', 780, 150)),
    service('search', moving('index', 900, 300)),
    service('auth', moving('login', 660, 420)),
    service('billing', moving('api', 840, 90)),
    service('news', moving('front', 720, 240)),
    service('chat', moving('relay', 960, 510)),
    service('video', moving('live', 630, 330)),
    service('tickets', moving('desk', 810, 600)),
    batch('stats', moving('ingest', 690, 60)),
    batch('orders', moving('queue', 750, 480)),
    batch('reports', moving('worker', 870, 210)),
  ],
  team: { group: 'demo', members: ['agent-a', 'agent-b', 'agent-c'] },
  script: [
    { atS: 15, say: 'agent-a is killed (SIGKILL)', act: { kind: 'kill', agent: 'agent-a' } },
    { atS: 62, say: 'agent-a is started again', act: { kind: 'start', agent: 'agent-a' } },
    { atS: 77, say: 'agent-b is told to stop (SIGTERM)', act: { kind: 'end', agent: 'agent-b' } },
    { atS: 90, say: 'agent-b is started again', act: { kind: 'start', agent: 'agent-b' } },
  ],
  repeatS: 105,
} satisfies Scenario;
