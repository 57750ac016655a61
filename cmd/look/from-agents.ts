import { leader, members, self } from '../../src/http/shapes/agent-shapes.ts';
import type { Shape } from '../../src/http/shape.ts';
import { groupPage } from '../../src/http/shapes/group-shapes.ts';
import { poolPage } from '../../src/http/shapes/pool-shapes.ts';
import { flagStatus } from '../../src/http/shapes/operator-shapes.ts';
import { AgentSilence, askAgent } from './ask-agent.ts';
import type { AskedAgent, GroupWire, MembersWire, PoolWire, Sight } from './sight.ts';

/** What one agent answered. */
interface Answer {
  readonly address: string;
  readonly team: MembersWire;
  readonly groups: readonly GroupWire[];
  readonly pools: readonly PoolWire[];
}

type Heard = { readonly answer: Answer } | { readonly silent: AskedAgent };

/** Asks the agents at these addresses, and those that they know of. Undefined with the errors when none answers. */
export async function seeFromAgents(
  addresses: readonly string[],
): Promise<{ readonly sight: Sight | undefined; readonly agents: readonly AskedAgent[] }> {
  const first = await Promise.all(addresses.map(hear));
  const known = first.flatMap((one) => ('answer' in one ? othersOf(one.answer) : []));
  const more = [...new Set(known)].filter((address) => !addresses.includes(address));
  const heard = [...first, ...(await Promise.all(more.map(hear)))];
  const answers = withoutEchoes(heard.flatMap((one) => ('answer' in one ? [one.answer] : [])));
  const agents = heard.flatMap((one) => ('silent' in one ? [one.silent] : []));
  const answered = answers.map(({ address }) => ({ address, error: '' }));
  const all = [...answered, ...agents];
  const [main] = answers;
  return { sight: main && (await assemble(main, answers, all)), agents: all };
}

async function hear(address: string): Promise<Heard> {
  try {
    const [team, groups, pools] = await Promise.all([
      askAgent(address, '/v1/status/members', members),
      allOf(address, '/v1/groups', { shape: groupPage, itemsOf: (page) => page.groups }),
      allOf(address, '/v1/pools', { shape: poolPage, itemsOf: (page) => page.pools }),
    ]);
    return { answer: { address, team, groups, pools } };
  } catch (error) {
    if (!(error instanceof AgentSilence)) throw error;
    return { silent: { address, error: error.message } };
  }
}

/** All pages of a list. */
async function allOf<Page extends { readonly next_after: string | null }, Item>(
  address: string,
  path: string,
  of: { readonly shape: Shape<never, Page>; readonly itemsOf: (page: Page) => readonly Item[] },
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Page = await askAgent(
      address,
      `${path}?limit=500&after=${encodeURIComponent(after)}`,
      of.shape,
    );
    items.push(...of.itemsOf(page));
    after = page.next_after;
  }
  return items;
}

/** The agent itself stands first. */
function ownOf({ team }: Answer): MembersWire['members'][number] | undefined {
  return team.members[0];
}

/** Addresses of the other agents that are alive. */
function othersOf({ team, address }: Answer): readonly string[] {
  return team.members
    .slice(1)
    .flatMap((one) => (one.alive && one.address !== null && one.address !== address ? [one.address] : []));
}

/** An agent that was asked at two addresses is one. */
function withoutEchoes(answers: readonly Answer[]): readonly Answer[] {
  const nameOf = (answer: Answer): string => ownOf(answer)?.session || answer.address;
  const names = new Set<string>();
  return answers.filter((answer) => !names.has(nameOf(answer)) && names.add(nameOf(answer)));
}

async function assemble(
  main: Answer,
  answers: readonly Answer[],
  agents: readonly AskedAgent[],
): Promise<Sight> {
  const { address } = main;
  const [lead, failsafe, paused] = await Promise.all([
    askAgent(address, '/v1/status/leader', leader),
    askAgent(address, '/v1/failsafe', flagStatus),
    askAgent(address, '/v1/pause', flagStatus),
  ]);
  const groups = merge(answers.map((one) => one.groups));
  const pools = merge(answers.map((one) => one.pools));
  const missing = missingOf(main.team, { groups, pools, agents });
  return {
    source: 'agents',
    agents,
    missing,
    leader: lead,
    team: teamOf(answers, main),
    failsafe,
    paused,
    groups,
    pools,
  };
}

/** Each resource as the agent tells it that acts on it. */
function merge<Item extends GroupWire | PoolWire>(lists: readonly (readonly Item[])[]): readonly Item[] {
  const found = new Map<string, Item>();
  for (const item of lists.flat()) {
    const before = found.get(item.id);
    if (!before || weightOf(item) > weightOf(before)) found.set(item.id, item);
  }
  return [...found.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function weightOf({ acts, last_decision: last }: GroupWire | PoolWire): number {
  return Number(acts) + (last ? Date.parse(last.last_at) : 0);
}

/** Every agent knows itself best. */
function teamOf(answers: readonly Answer[], { team }: Answer): MembersWire {
  const own = new Map(answers.map((answer) => [ownOf(answer)?.id, ownOf(answer)]));
  return { ...team, members: team.members.map((one) => own.get(one.id) ?? one) };
}

function missingOf(
  team: MembersWire,
  of: {
    readonly groups: readonly GroupWire[];
    readonly pools: readonly PoolWire[];
    readonly agents: readonly AskedAgent[];
  },
): readonly string[] {
  const blind = [...of.groups, ...of.pools].filter((one) => !one.acts).length;
  if (blind === 0) return [];
  const leads = team.members.find((one) => one.leader);
  if (!leads) return [`no agent leads: nothing is decided about ${blind} of them`];
  const where =
    leads.address === null && leads.node !== ''
      ? `; the leader is on Consul node ${leads.node}: -http-address=HOST:PORT asks it there`
      : '';
  return [`usage and decisions of ${blind}: the agent that acts on them was not heard${where}`];
}

/** The key root and the group of the agent at an address. Throws AgentSilence. */
export async function placeOf(
  address: string,
): Promise<{ readonly keyRoot: string; readonly group: string | undefined }> {
  const { configuration, group } = await askAgent(address, '/v1/agent/self', self);
  const root = configuration.find(({ key }) => key === 'consul_key_root')?.value;
  return {
    keyRoot: typeof root === 'string' ? root.replaceAll(/^\/+|\/+$/g, '') : '',
    group: group ?? undefined,
  };
}
