import { PARTITIONS } from '../../domain/group/group-config-document.ts';
import { NAME_EXPECTED, NAME_PATTERN } from '../../domain/group/group-name.ts';
import type { OptionRow } from './row.ts';

/** Agents that run as a group. */
export const GROUP_OPTIONS = [
  {
    key: 'group',
    kind: 'text',
    section: 'Group',
    place: 'everywhere',
    defaultNote: 'none: standalone',
    pattern: NAME_PATTERN,
    expected: NAME_EXPECTED,
    needsRestart: true,
    help: 'Name of the group of agents',
  },
  {
    key: 'service_id',
    kind: 'text',
    section: 'Group',
    place: 'everywhere',
    defaultNote: 'the name of the group',
    pattern: NAME_PATTERN,
    expected: NAME_EXPECTED,
    needsRestart: true,
    help: 'Id of this agent, unique among those on one Consul agent',
  },
  {
    key: 'partitions',
    kind: 'int',
    section: 'Group',
    place: 'everywhere',
    default: 16,
    ...PARTITIONS,
    isStorable: true,
    needsRestart: true,
    help: 'Shares that the work of a group is divided into; fixed when the group is first configured',
  },
] as const satisfies readonly OptionRow[];
