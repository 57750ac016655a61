import { type MetaKey, type MetaReading, type PolicyFault, readMeta } from './meta.ts';

/** The task-group keys: the one table that parser, documentation and templates read. */
export const GROUP_KEYS: readonly MetaKey[] = [
  {
    key: 'replicator_enabled',
    type: 'bool',
    need: 'required',
    meaning: 'act (true), or evaluate and report only (false)',
  },
  { key: 'replicator_min', type: 'whole', need: 'required', meaning: 'lowest count' },
  {
    key: 'replicator_max',
    type: 'whole',
    need: 'required',
    meaning: 'highest count, not below replicator_min',
  },
  {
    key: 'replicator_scalein_cpu',
    type: 'percent',
    need: 'pair',
    meaning: 'every judged metric below its scale-in threshold: in by one',
  },
  {
    key: 'replicator_scalein_mem',
    type: 'percent',
    need: 'pair',
    meaning: 'every judged metric below its scale-in threshold: in by one',
  },
  {
    key: 'replicator_scaleout_cpu',
    type: 'percent',
    need: 'pair',
    meaning: 'a judged metric above its scale-out threshold: out by one',
  },
  {
    key: 'replicator_scaleout_mem',
    type: 'percent',
    need: 'pair',
    meaning: 'a judged metric above its scale-out threshold: out by one',
  },
  {
    key: 'replicator_notification_uid',
    type: 'text',
    need: 'optional',
    meaning: 'id put in notifications; the default is <job>/<group>',
  },
  {
    key: 'replicator_cooldown',
    type: 'seconds',
    need: 'optional',
    fallback: '60',
    meaning: 'seconds to wait after a scaling event',
  },
  {
    key: 'replicator_retry_threshold',
    type: 'atLeastOne',
    need: 'optional',
    fallback: '1',
    meaning: 'failures before failsafe',
  },
];

/** Percent thresholds of one metric: below `scaleIn` asks for fewer, above `scaleOut` for more. */
export interface Thresholds {
  readonly scaleIn: number;
  readonly scaleOut: number;
}

/** A task group's scaling policy. A metric without thresholds is not judged. */
export interface GroupPolicy {
  readonly enabled: boolean;
  readonly min: number;
  readonly max: number;
  readonly cpu?: Thresholds;
  readonly mem?: Thresholds;
  /** '' where the group has none: notifications then use the group's id. */
  readonly notificationUid: string;
  readonly cooldownMs: number;
  readonly retryThreshold: number;
}

export type GroupPolicyReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly faults: readonly PolicyFault[] }
  | { readonly kind: 'policy'; readonly policy: GroupPolicy };

/** A group's meta → its policy, that it has none, or everything that is wrong with it. */
export function parseGroupPolicy(meta: Readonly<Record<string, string>>): GroupPolicyReading {
  if (!GROUP_KEYS.some((row) => Object.hasOwn(meta, row.key))) return { kind: 'none' };
  const reading = readMeta(GROUP_KEYS, meta);
  const faults = [
    ...reading.faults,
    ...boundFaults(reading),
    ...pairFaults('cpu', meta, reading),
    ...pairFaults('mem', meta, reading),
    ...metricFaults(meta),
  ];
  if (faults.length > 0) return { kind: 'invalid', faults };
  return { kind: 'policy', policy: policyOf(reading) };
}

/** All faults of a group in one line, fit for a log: `key text; key text`. */
export function faultLine(faults: readonly PolicyFault[]): string {
  return faults.map((fault) => `${fault.key} ${fault.text}`).join('; ');
}

/** A maximum below the minimum is the maximum's fault. */
export function boundFaults({ values }: MetaReading): PolicyFault[] {
  const min = values.get('replicator_min');
  const max = values.get('replicator_max');
  if (min === undefined || max === undefined || max >= min) return [];
  return [{ key: 'replicator_max', text: `is ${max}, below replicator_min, which is ${min}` }];
}

function pairFaults(
  metric: 'cpu' | 'mem',
  meta: Readonly<Record<string, string>>,
  { values }: MetaReading,
): PolicyFault[] {
  const inKey = `replicator_scalein_${metric}`;
  const outKey = `replicator_scaleout_${metric}`;
  const hasIn = Object.hasOwn(meta, inKey);
  const hasOut = Object.hasOwn(meta, outKey);
  if (hasIn && !hasOut) return [{ key: outKey, text: `is missing beside ${inKey}` }];
  if (hasOut && !hasIn) return [{ key: inKey, text: `is missing beside ${outKey}` }];
  const scaleIn = values.get(inKey);
  const scaleOut = values.get(outKey);
  if (scaleIn === undefined || scaleOut === undefined || scaleIn < scaleOut) return [];
  return [{ key: inKey, text: `is ${scaleIn}, not below ${outKey}, which is ${scaleOut}` }];
}

function metricFaults(meta: Readonly<Record<string, string>>): PolicyFault[] {
  const pairKeys = GROUP_KEYS.filter((row) => row.need === 'pair');
  if (pairKeys.some((row) => Object.hasOwn(meta, row.key))) return [];
  return pairKeys.map((row) => ({ key: row.key, text: 'is missing (a cpu or a mem pair is needed)' }));
}

function policyOf({ values }: MetaReading): GroupPolicy {
  const numberOf = (key: string): number => Number(values.get(key));
  const thresholds = (metric: string): Thresholds | undefined =>
    values.has(`replicator_scalein_${metric}`)
      ? {
          scaleIn: numberOf(`replicator_scalein_${metric}`),
          scaleOut: numberOf(`replicator_scaleout_${metric}`),
        }
      : undefined;
  const cpu = thresholds('cpu');
  const mem = thresholds('mem');
  return {
    enabled: values.get('replicator_enabled') === true,
    min: numberOf('replicator_min'),
    max: numberOf('replicator_max'),
    ...(cpu && { cpu }),
    ...(mem && { mem }),
    notificationUid: String(values.get('replicator_notification_uid') ?? ''),
    cooldownMs: numberOf('replicator_cooldown') * 1000,
    retryThreshold: numberOf('replicator_retry_threshold'),
  };
}
