import { TAKEOVER_MS } from './group-watch.ts';
import { batch, each, type GroupPart, type Scenario, service, wave } from './scenario.ts';

/** A group whose demand passes between two values within `periodS`; a `phaseS` of its own sets it apart. */
function moving(name: string, periodS: number, phaseS: number): GroupPart {
  return {
    name,
    count: 2,
    policy: { bounds: [1, 3], cpu: [35, 75], cooldownS: 20 },
    cpuMhz: 300,
    memoryMb: 128,
    load: { cpuMhz: wave([140, 620], periodS, phaseS), memoryMb: each(60), noise: 0.03 },
  };
}

/** The scenario with a group of agents. Its partitions: 2 to 10 and 13 to 15, each of a task group of its own. */
export const GROUP_SCENARIO = {
  summary: 'three agents share the work; one is killed, one is stopped, and both come back',
  nodes: [{ name: 'node', count: 6, cpuMhz: 4000, memoryMb: 8192 }],
  jobs: [
    service('shop', moving('web', 1500, 0)),
    service('cart', moving('api', 1950, 375)),
    service('search', moving('index', 2250, 750)),
    service('auth', moving('login', 1650, 1050)),
    service('billing', moving('api', 2100, 225)),
    service('news', moving('front', 1800, 600)),
    service('chat', moving('relay', 2400, 1275)),
    service('video', moving('live', 1575, 825)),
    service('tickets', moving('desk', 2025, 1500)),
    batch('stats', moving('ingest', 1725, 150)),
    batch('orders', moving('queue', 1875, 1200)),
    batch('reports', moving('worker', 2175, 525)),
  ],
  team: { group: 'demo', members: ['agent-a', 'agent-b', 'agent-c'] },
  script: [
    {
      atS: 15,
      say: `agent-a is killed (SIGKILL): others have its work within ${TAKEOVER_MS / 1000} s by the clock on the wall, which sessions run on at any speed`,
      act: { kind: 'kill', agent: 'agent-a' },
    },
    { atS: 62, say: 'agent-a is started again', act: { kind: 'start', agent: 'agent-a' } },
    { atS: 77, say: 'agent-b is told to stop (SIGTERM)', act: { kind: 'end', agent: 'agent-b' } },
    { atS: 90, say: 'agent-b is started again', act: { kind: 'start', agent: 'agent-b' } },
  ],
  repeatS: 105,
} satisfies Scenario;
