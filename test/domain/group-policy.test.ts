import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultLine, GROUP_KEYS, parseGroupPolicy } from '../../src/domain/policy/group-policy.ts';

const FULL = {
  replicator_enabled: 'true',
  replicator_min: '1',
  replicator_max: '4',
  replicator_scalein_cpu: '30',
  replicator_scalein_mem: '20',
  replicator_scaleout_cpu: '80',
  replicator_scaleout_mem: '75.5',
};

type Meta = Readonly<Record<string, string>>;

function without(...keys: string[]): Meta {
  return Object.fromEntries(Object.entries(FULL).filter(([key]) => !keys.includes(key)));
}

/** `key text` of every fault; empty for none. */
function faultsOf(meta: Meta): readonly string[] {
  const reading = parseGroupPolicy(meta);
  return reading.kind === 'invalid' ? reading.faults.map(({ key, text }) => `${key} ${text}`) : [];
}

function policyOf(meta: Meta) {
  const reading = parseGroupPolicy(meta);
  return reading.kind === 'policy' ? reading.policy : undefined;
}

describe('the policy in a group meta', () => {
  test('has defaults for what may be left out', () => {
    expect(policyOf(FULL)).toEqual({
      enabled: true,
      min: 1,
      max: 4,
      cpu: { scaleIn: 30, scaleOut: 80 },
      mem: { scaleIn: 20, scaleOut: 75.5 },
      notificationUid: '',
      cooldownMs: 60_000,
      retryThreshold: 1,
    });
  });

  test('takes every key', () => {
    const meta = {
      ...FULL,
      replicator_enabled: 'F',
      replicator_notification_uid: 'REP2',
      replicator_cooldown: '0.5',
      replicator_retry_threshold: '3',
    };
    expect(policyOf(meta)).toMatchObject({
      enabled: false,
      notificationUid: 'REP2',
      cooldownMs: 500,
      retryThreshold: 3,
    });
  });

  test('is none where no key is there, whatever else is', () => {
    expect(parseGroupPolicy({})).toEqual({ kind: 'none' });
    expect(parseGroupPolicy({ owner: 'me', replicator_worker_pool: 'pool-a' })).toEqual({ kind: 'none' });
  });

  test.each(['cpu', 'mem'])(
    'judges the other metric alone where both thresholds of %s are left out',
    (metric) => {
      const policy = policyOf(without(`replicator_scalein_${metric}`, `replicator_scaleout_${metric}`));
      expect(Object.keys(policy ?? {})).not.toContain(metric);
      expect(Object.keys(policy ?? {})).toContain(metric === 'cpu' ? 'mem' : 'cpu');
    },
  );

  test.each([
    ['1', '1'],
    ['0', '0'],
    ['0', '5'],
  ])('takes bounds of %s and %s', (min, max) => {
    expect(faultsOf({ ...FULL, replicator_min: min, replicator_max: max })).toEqual([]);
  });
});

describe('a faulty policy', () => {
  test.each([
    ['a required key that is missing', without('replicator_min'), ['replicator_min is missing']],
    [
      'several of them',
      without('replicator_enabled', 'replicator_max'),
      ['replicator_enabled is missing', 'replicator_max is missing'],
    ],
    [
      'one of a pair left out',
      without('replicator_scalein_cpu'),
      ['replicator_scalein_cpu is missing beside replicator_scaleout_cpu'],
    ],
    [
      'one of each pair left out',
      without('replicator_scaleout_cpu', 'replicator_scalein_mem'),
      [
        'replicator_scaleout_cpu is missing beside replicator_scalein_cpu',
        'replicator_scalein_mem is missing beside replicator_scaleout_mem',
      ],
    ],
    [
      'no thresholds at all',
      { replicator_enabled: '1', replicator_min: '1', replicator_max: '2' },
      ['scalein_cpu', 'scalein_mem', 'scaleout_cpu', 'scaleout_mem'].map(
        (key) => `replicator_${key} is missing (a cpu or a mem pair is needed)`,
      ),
    ],
    [
      'min above max',
      { ...FULL, replicator_min: '5' },
      ['replicator_max is 4, below replicator_min, which is 5'],
    ],
    [
      'scale-in at scale-out',
      { ...FULL, replicator_scalein_cpu: '80' },
      ['replicator_scalein_cpu is 80, not below replicator_scaleout_cpu, which is 80'],
    ],
    [
      'scale-in above scale-out',
      { ...FULL, replicator_scalein_mem: '90' },
      ['replicator_scalein_mem is 90, not below replicator_scaleout_mem, which is 75.5'],
    ],
    [
      'a negative number',
      { ...FULL, replicator_min: '-1' },
      ['replicator_min is "-1", not a whole number of 0 or more'],
    ],
    [
      'a number that is none',
      { ...FULL, replicator_scaleout_cpu: 'high' },
      ['replicator_scaleout_cpu is "high", not a percentage of 0 or more'],
    ],
    [
      'a bool that is none',
      { ...FULL, replicator_enabled: 'yes' },
      ['replicator_enabled is "yes", not true or false'],
    ],
    [
      'a retry threshold of 0',
      { ...FULL, replicator_retry_threshold: '0' },
      ['replicator_retry_threshold is "0", not a whole number of 1 or more'],
    ],
    [
      'a negative cooldown',
      { ...FULL, replicator_cooldown: '-60' },
      ['replicator_cooldown is "-60", not a number of seconds of 0 or more'],
    ],
  ] as [string, Meta, string[]][])('is told of %s', (_what, meta, faults) => {
    expect(faultsOf(meta)).toEqual(faults);
  });

  test('names everything that is wrong at once', () => {
    const meta = {
      replicator_min: 'one',
      replicator_cooldown: 'soon',
      replicator_scalein_cpu: '90',
      replicator_scaleout_cpu: '10',
      replicator_scaleout_mem: '-1',
    };
    expect(faultsOf(meta).map((fault) => fault.split(' ')[0])).toEqual([
      'replicator_enabled',
      'replicator_min',
      'replicator_max',
      'replicator_scaleout_mem',
      'replicator_cooldown',
      'replicator_scalein_cpu',
      'replicator_scalein_mem',
    ]);
  });

  test('is told even where the only key is an optional one', () => {
    expect(faultsOf({ replicator_cooldown: '60' })).toContain('replicator_enabled is missing');
  });

  test('becomes one line', () => {
    const faults = [
      { key: 'replicator_min', text: 'is missing' },
      { key: 'replicator_max', text: 'is missing' },
    ];
    expect(faultLine(faults)).toBe('replicator_min is missing; replicator_max is missing');
  });
});

describe('the parser of policies', () => {
  const keys = fc.oneof(fc.constantFrom(...GROUP_KEYS.map(({ key }) => key)), fc.string());
  const values = fc.oneof(
    fc.string(),
    fc.nat({ max: 120 }).map(String),
    fc.constantFrom('true', 'false', '-1', '1.5'),
  );
  const metas = fc.dictionary(keys, values, { maxKeys: 12 });

  test('answers any meta, and names keys of the table in its faults', () => {
    const known = GROUP_KEYS.map(({ key }) => key);
    fc.assert(
      fc.property(metas, (meta) => {
        const reading = parseGroupPolicy(meta);
        const named = reading.kind === 'invalid' ? reading.faults.map(({ key }) => key) : [];
        expect(named.length > 0).toBe(reading.kind === 'invalid');
        expect(known).toEqual(expect.arrayContaining(named));
      }),
      { numRuns: 300 },
    );
  });

  test('lets no policy through that breaks a rule of its own', () => {
    fc.assert(
      fc.property(metas, (meta) => {
        const policy = policyOf({ ...FULL, ...meta });
        fc.pre(policy !== undefined);
        const { min, max, cpu, mem, cooldownMs, retryThreshold } = policy;
        const limits = [cpu, mem].filter((one) => one !== undefined);
        expect(limits.length).toBeGreaterThan(0);
        expect(limits.every(({ scaleIn, scaleOut }) => scaleIn < scaleOut)).toBe(true);
        expect(min).toBeLessThanOrEqual(max);
        expect(Math.min(min, cooldownMs, retryThreshold - 1)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });

  test('refuses a full policy as soon as any one of its values is no value at all', () => {
    for (const key of Object.keys(FULL)) {
      expect(faultsOf({ ...FULL, [key]: 'nonsense' }).join()).toContain(`${key} is "nonsense"`);
    }
  });
});

describe('the table of group keys', () => {
  test('has the ten keys of the Go releases, each once', () => {
    expect(GROUP_KEYS.map(({ key }) => key.replace('replicator_', '')).toSorted()).toEqual([
      'cooldown',
      'enabled',
      'max',
      'min',
      'notification_uid',
      'retry_threshold',
      'scalein_cpu',
      'scalein_mem',
      'scaleout_cpu',
      'scaleout_mem',
    ]);
  });

  test('has defaults that its own parser takes', () => {
    const defaults = Object.fromEntries(
      GROUP_KEYS.flatMap(({ key, fallback }) => (fallback === undefined ? [] : [[key, fallback]])),
    );
    expect(policyOf({ ...FULL, ...defaults })).toEqual(policyOf(FULL));
  });
});
