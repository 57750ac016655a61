import type { Condition, Fact, Must, Way } from './way.ts';

/** How a fact is called and written; `mend`: what is said of a switch, a text in the place of the comparison. */
interface Wording {
  readonly name: string;
  readonly unit?: string;
  readonly mend?: string;
}

const WORDS: Readonly<Record<Fact, Wording>> = {
  count: { name: 'the count in the job' },
  min: { name: 'the minimum' },
  max: { name: 'the maximum' },
  running: { name: 'the number of running allocations' },
  measured: { name: 'the number of measured allocations' },
  starting: { name: 'starting allocations', mend: 'no allocation is starting' },
  late: { name: 'the list of allocations', mend: "the list of allocations has the job's newest version" },
  cpu: { name: 'cpu', unit: '%' },
  mem: { name: 'memory', unit: '%' },
  pending_nodes: { name: 'the number of new nodes that waiting work would fill' },
  'used.cpu_mhz': { name: 'used cpu', unit: 'MHz' },
  'used.memory_mb': { name: 'used memory', unit: 'MiB' },
  'used.disk_mb': { name: 'used disk', unit: 'MiB' },
  unbound: { name: 'the number of ready nodes without a known instance' },
  candidates: { name: 'the number of nodes that may go' },
  ready_members: { name: 'the number of instances that run a ready node' },
  joining: { name: 'instances that may still join', mend: 'no young instance is without a node' },
  asked: { name: 'the number of evaluations in a row that ask for it' },
  cooldown_left_ms: { name: 'the cooldown', mend: 'the cooldown is over' },
  backoff_left_ms: { name: 'the backoff after a failure', mend: 'the backoff after a failure is over' },
  disabled: { name: 'replicator_enabled', mend: 'replicator_enabled is true' },
  failsafe: { name: 'failsafe', mend: 'failsafe is reset' },
  paused: { name: 'the pause', mend: 'scaling is not paused' },
  operation: { name: 'the operation', mend: 'the operation under way is finished' },
  deployment: { name: 'the deployment', mend: "the job's deployment is finished" },
};

const COMPARISON: Readonly<Record<Must, string>> = {
  above: 'is above',
  below: 'is below',
  'at-least': 'is at least',
  'at-most': 'is at most',
  be: 'is',
};

/** `cpu is above 80 % (now 53.2 %)`, `the cooldown is over (23 s left)`. */
export function describeCondition({ fact, is, must, than }: Condition): string {
  const { name, unit, mend } = WORDS[fact];
  if (mend !== undefined) return mend + nowOf(fact, is);
  return `${name} ${COMPARISON[must]} ${amount(than, unit)} (now ${amount(is, unit)})`;
}

/** `out to 5 if cpu is above 80 % (now 53.2 %), and the cooldown is over (23 s left)`. */
export function describeWay({ direction, to, conditions, never }: Way): string {
  if (never !== '') return `never ${direction}: ${never}`;
  return `${direction} to ${to} if ${conditions.map(describeCondition).join(', and ')}`;
}

function nowOf(fact: Fact, is: Condition['is']): string {
  if (typeof is !== 'number') return '';
  return fact.endsWith('_ms') ? ` (${Math.ceil(is / 1000)} s left)` : ` (${is} now)`;
}

function amount(value: number | boolean | undefined, unit: string | undefined): string {
  if (value === undefined) return 'not known';
  const text = typeof value === 'number' ? String(Math.round(value * 10) / 10) : String(value);
  return unit === undefined ? text : `${text} ${unit}`;
}
