import type { OptionRow } from './row.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const NAME_EXPECTED = 'up to 128 letters, digits, and . _ - after the first one';

/** Agents that run as a group. */
export const GROUP_OPTIONS = [
  {
    key: 'group',
    kind: 'text',
    section: 'Group',
    place: 'everywhere',
    defaultNote: 'none: standalone',
    pattern: NAME,
    expected: NAME_EXPECTED,
    needsRestart: true,
    isIdle: true,
    help: 'Name of the group of agents',
  },
  {
    key: 'service_id',
    kind: 'text',
    section: 'Group',
    place: 'everywhere',
    defaultNote: 'the name of the group',
    pattern: NAME,
    expected: NAME_EXPECTED,
    needsRestart: true,
    isIdle: true,
    help: 'Id of this agent, unique among those on one Consul agent',
  },
  {
    key: 'partitions',
    kind: 'int',
    section: 'Group',
    place: 'everywhere',
    default: 16,
    min: 1,
    max: 1024,
    isStorable: true,
    needsRestart: true,
    isIdle: true,
    help: 'Shares that the work of a group is divided into; fixed when the group is first configured',
  },
] as const satisfies readonly OptionRow[];
