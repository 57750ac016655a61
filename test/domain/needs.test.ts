import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Place } from '../../src/domain/capacity/constraint.ts';
import { modelOfLast } from '../../src/domain/capacity/model-node.ts';
import { compileNeeds, fitsNode } from '../../src/domain/capacity/needs.ts';
import type { ConstraintFacts, PlacementNeeds } from '../../src/domain/snapshot.ts';
import { aNode, resources } from './build-pool.ts';
import { aNeed } from './build.ts';

const NODE = aNode({
  id: 'id-1',
  name: 'client-1',
  nodeClass: 'web',
  attributes: {
    'kernel.name': 'linux',
    'unique.hostname': 'host-1',
    empty: '',
    'os.signals': 'SIGHUP,SIGINT, SIGTERM',
    'vault.version': '1.9.3',
    'nomad.version': '1.0.18-dev',
    'consul.version': '1.8.7+ent',
  },
  meta: { rack: 'r1' },
});

function against(part: Partial<PlacementNeeds>, place: Place = NODE): string {
  return compileNeeds(aNeed(part)).against(place);
}

function constrained(left: string, operand: string, right: string, place: Place = NODE): string {
  return against({ constraints: [{ left, operand, right }] }, place);
}

describe('a node will do', () => {
  test.each<[string, Partial<PlacementNeeds>]>([
    ['by name of its datacenter', { datacenters: ['dc2', 'dc1'] }],
    ['by a pattern of datacenters', { datacenters: ['d*'] }],
    ['by any datacenter', { datacenters: ['*'] }],
    ['by a pattern within', { datacenters: ['*c*1'] }],
    ['by its node pool', { nodePool: 'default' }],
    ['by the pool of all nodes', { nodePool: 'all' }],
    ['by its drivers', { drivers: ['exec', 'docker'] }],
  ])('%s', (_what, part) => {
    expect(against(part)).toBe('');
  });

  test.each([
    ['${node.class}', '=', 'web'],
    ['web', '==', '${node.class}'],
    ['${node.datacenter}', 'is', 'dc1'],
    ['${node.pool}', '=', 'default'],
    ['${node.unique.id}', '=', 'id-1'],
    ['${node.unique.name}', '!=', 'client-2'],
    ['${attr.kernel.name}', '=', 'linux'],
    ['${attr.unique.hostname}', 'not', 'host-2'],
    ['${attr.missing}', '!=', 'linux'],
    ['${attr.empty}', '=', ''],
    ['${meta.rack}', '=', 'r1'],
    ['${meta.rack}', '=', '${meta.rack}'],
    ['a', '=', 'a'],
    ['${attr.kernel.name}', 'is_set', ''],
    ['${attr.missing}', 'is_not_set', ''],
    ['${attr.os.signals}', 'set_contains', 'SIGTERM, SIGHUP'],
    ['${attr.os.signals}', 'set_contains_any', 'SIGUSR1,SIGINT'],
    ['${attr.vault.version}', 'semver', '>= 0.6.1'],
    ['${attr.vault.version}', 'version', '>= 1.9, < 1.10'],
    ['${attr.vault.version}', 'version', '!= 1.9.4'],
    ['${attr.consul.version}', 'version', '= 1.8.7'],
  ])('by the constraint %s %s %s', (left, operand, right) => {
    expect(constrained(left, operand, right)).toBe('');
  });
});

describe('a node will not do', () => {
  test.each<[string, Partial<PlacementNeeds>, string]>([
    ['in another datacenter', { datacenters: ['dc2'] }, 'datacenter dc1 is none of its own'],
    ['where no datacenter is named', { datacenters: [] }, 'datacenter dc1 is none of its own'],
    ['where a dot is no wildcard', { datacenters: ['d.*'] }, 'datacenter dc1 is none of its own'],
    ['in another node pool', { nodePool: 'gpu' }, 'node pool default is not gpu'],
    ['without a driver', { drivers: ['exec', 'qemu'] }, 'driver qemu is missing'],
    [
      'for what is not understood',
      { unplaceable: ['device nvidia/gpu', 'volume data'] },
      'asks for device nvidia/gpu, volume data, which is not understood',
    ],
  ])('%s', (_what, part, why) => {
    expect(against(part)).toBe(why);
  });

  test.each([
    ['${node.class}', '=', 'db'],
    ['${node.class}', '!=', 'web'],
    ['${attr.missing}', '=', ''],
    ['${attr.missing}', '=', '${attr.missing}'],
    ['${attr.missing}', '!=', ''],
    ['${attr.missing}', 'is_set', ''],
    ['${attr.empty}', 'is_not_set', ''],
    ['${attr.os.signals}', 'set_contains', 'SIGTERM,SIGUSR1'],
    ['${attr.missing}', 'set_contains', ''],
    ['${attr.os.signals}', 'set_contains_any', 'SIGUSR1'],
    ['${attr.vault.version}', 'semver', '> 1.9.3'],
    ['${attr.vault.version}', 'version', '>= 1.9, < 1.9.3'],
    ['${attr.vault.version}', 'version', '~> 1.9'],
    ['${attr.nomad.version}', 'version', '>= 0.9'],
    ['${attr.missing}', 'version', '>= 0.9'],
    ['${meta.rack}', 'is', 'R1'],
    ['${meta.toString}', '=', 'x'],
    ['${meta.toString}', '!=', ''],
  ])('by the constraint %s %s %s, which is named', (left, operand, right) => {
    expect(constrained(left, operand, right)).toBe(
      `${['constraint', left, operand, right].filter((part) => part !== '').join(' ')} is not met`,
    );
  });

  test.each([
    ['${attr.kernel.name}', 'regexp', '.*'],
    ['${attr.cpu.numcores}', '>=', '2'],
    ['${node.region}', '=', 'global'],
    ['${env.HOME}', '=', '/'],
    ['a-${node.class}', '=', 'a-web'],
    ['${node.class', '=', 'web'],
    ['', 'distinct_property', '${meta.rack}'],
  ])('by %s %s %s, which is not understood, on no node whatever', (left, operand, right) => {
    const { fault } = compileNeeds(aNeed({ constraints: [{ left, operand, right }] }));
    expect(fault).toMatch(/^constraint .* is not understood$/);
    expect(fault).toContain(operand);
  });
});

describe('of a node that is only remembered', () => {
  const last = modelOfLast({
    capacity: resources(1),
    datacenter: 'dc1',
    nodeClass: 'web',
    drivers: ['exec'],
  });

  test('class, datacenter and drivers are known', () => {
    expect(constrained('${node.class}', '=', 'web', last)).toBe('');
    expect(against({ drivers: ['exec'] }, last)).toBe('');
  });

  test.each([
    ['${attr.kernel.name}', '!=', 'windows'],
    ['${meta.rack}', '=', 'r1'],
  ])('%s is not, so that no constraint on it is met', (left, operand, right) => {
    expect(constrained(left, operand, right, last)).toMatch(/ is not known$/);
  });
});

describe('an allocation fits a node', () => {
  test('when the node will do and all three sizes are free, to the last', () => {
    const needs = aNeed({ resources: resources(1000, 512, 300) });
    expect(fitsNode(needs, NODE, resources(1000, 512, 300))).toBe('');
    expect(fitsNode(needs, NODE, resources(999, 512, 300))).toBe('no room');
    expect(fitsNode(needs, NODE, resources(1000, 511, 300))).toBe('no room');
    expect(fitsNode(needs, NODE, resources(1000, 512, 299))).toBe('no room');
    expect(fitsNode({ ...needs, drivers: ['qemu'] }, NODE, resources(9999, 9999, 9999))).toMatch(/qemu/);
  });
});

test('whatever a constraint says, there is an answer, and it is never both met and not understood', () => {
  const side = fc.oneof(fc.constantFrom('${node.class}', '${attr.x}', '${', '}', '${}', 'web'), fc.string());
  const operand = fc.oneof(fc.constantFrom('=', '!=', 'is', 'version', 'toString'), fc.string());
  fc.assert(
    fc.property(side, operand, side, (left, op, right) => {
      const constraint: ConstraintFacts = { left, operand: op, right };
      const compiled = compileNeeds(aNeed({ constraints: [constraint] }));
      const isUnderstood =
        ['=', 'is', '!=', 'version', '==', 'not'].includes(op) || /^(?:is_|set_|semver)/.test(op);
      expect(isUnderstood || compiled.fault !== '').toBe(true);
      expect(compiled.fault === '' || compiled.against(NODE) === compiled.fault).toBe(true);
    }),
  );
});
