/** One thing broken in the program: the suite has to notice. Each search text stands once in its file. */
export interface Mutation {
  readonly name: string;
  /** What is broken, for people. */
  readonly breaks: string;
  /** The rules that may notice: what others say is no proof. */
  readonly rules: readonly string[];
  /** Only members of a group can show it. */
  readonly isOfGroup?: boolean;
  readonly edits: readonly {
    readonly file: string;
    readonly search: string;
    readonly replace: string;
  }[];
}

/** Applied to copies of the tree, never to the tree itself. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'no-lease-check',
    breaks: 'mutating requests are begun without a look at the lease',
    rules: ['lock'],
    edits: [
      {
        file: 'src/agent/term.ts',
        search: "if (of.leaseLeftMs() < WRITE_DEADLINE_MS) refuse('the lease does not outlast the call');",
        replace: 'of.leaseLeftMs();',
      },
      {
        file: 'src/agent/term.ts',
        search: "import { WRITE_DEADLINE_MS, type WritePermit } from '../ports/write-permit.ts';",
        replace: "import type { WritePermit } from '../ports/write-permit.ts';",
      },
    ],
  },
  {
    name: 'check-at-start',
    breaks: 'the lease is checked where the operation begins, not where the request is written',
    rules: ['lock'],
    edits: [
      {
        file: 'src/agent/acting.ts',
        search: 'return await step(term);',
        replace:
          'term.permit.assertHeld();\n    return await step({ ...term, permit: { ...term.permit, assertHeld: () => undefined } });',
      },
    ],
  },
  {
    name: 'no-fence',
    breaks: 'transactions check neither the lock nor the flags',
    rules: ['fence', 'failsafe', 'lost', 'two locks'],
    edits: [
      {
        file: 'src/adapters/consul/transaction.ts',
        search: `  return [
    { Verb: 'check-session', Key: fence.lockKey, Session: fence.session },
    ...toUnchanged(fence.unchanged),
  ];`,
        replace: '  return toUnchanged(fence.unchanged.slice(fence.unchanged.length));',
      },
    ],
  },
  {
    name: 'no-session-in-fence',
    breaks: 'transactions check the flags, but not the lock',
    rules: ['fence'],
    edits: [
      {
        file: 'src/adapters/consul/transaction.ts',
        search: "    { Verb: 'check-session', Key: fence.lockKey, Session: fence.session },\n",
        replace: '',
      },
    ],
  },
  {
    name: 'intent-after-call',
    breaks: 'the intent of a scaling is recorded after its request was sent',
    rules: ['intent'],
    edits: [
      {
        file: 'src/agent/execute-scale.ts',
        search: '    await recordIntent(context, term, { evaluation, operation });\n    try {',
        replace: '    try {',
      },
      {
        file: 'src/agent/execute-scale.ts',
        search: '      await recordAccepted(context, term, { operation, accepted });\n    } catch',
        replace:
          '      await recordIntent(context, term, { evaluation, operation });\n      await recordAccepted(context, term, { operation, accepted });\n    } catch',
      },
    ],
  },
  {
    name: 'pool-intent-after-call',
    breaks: 'the intent of a call for a pool is recorded after the call',
    rules: ['intent'],
    edits: [
      {
        file: 'src/agent/call-pool.ts',
        search:
          '  await context.store.write(term, poolOperationChange(stored, operation), stored.seen);\n  try {',
        replace: '  try {',
      },
      {
        file: 'src/agent/call-pool.ts',
        search: '  memory.refusal = undefined;\n',
        replace:
          '  memory.refusal = undefined;\n  await context.store.write(term, poolOperationChange(stored, operation), stored.seen);\n',
      },
    ],
  },
  {
    name: 'unmeasured-as-zero',
    breaks: 'an allocation without statistics counts as one that does nothing',
    rules: ['measurement'],
    edits: [
      {
        file: 'src/domain/usage/measure-group.ts',
        search: "  if (reading?.kind !== 'sample') return undefined;",
        replace:
          "  if (reading?.kind !== 'sample')\n    return new Map(group.tasks.map((task) => [task.name, { cpu: 0, mem: 0 }] as const));",
      },
    ],
  },
  {
    name: 'stale-before-terminate',
    breaks: "the work on a node is read from any of Nomad's servers before its instance is terminated",
    rules: ['work'],
    edits: [
      {
        file: 'src/adapters/nomad/nodes.ts',
        search: "    ...nodeQuestion(nodeId, '/allocations'),\n",
        replace: "    ...nodeQuestion(nodeId, '/allocations'),\n    stale: true,\n",
      },
    ],
  },
  {
    name: 'down-to-zero',
    breaks: 'a group whose minimum is 0 is scaled in to nothing',
    rules: ['bounds'],
    edits: [
      {
        file: 'src/domain/decision/judge-group.ts',
        search: 'if (count <= Math.max(policy.min, 1))',
        replace: 'if (count <= policy.min)',
      },
    ],
  },
  {
    name: 'lock-delay-1s',
    breaks: 'the lock can be taken one second after its holder is gone',
    rules: ['lock', 'two locks'],
    edits: [
      { file: 'src/domain/lease.ts', search: 'lockDelayMs: 15_000,', replace: 'lockDelayMs: 1_000,' },
      {
        file: 'src/domain/lease.ts',
        search: 'if (timings.lockDelayMs <= lease + 2_000)',
        replace: 'if (timings.lockDelayMs <= 0)',
      },
    ],
  },
  {
    name: 'lease-from-the-answer',
    breaks: 'a lease is counted from the answer to its renewal, not from its start',
    rules: ['lock'],
    edits: [
      {
        file: 'src/agent/session-keeper.ts',
        search:
          '    holder.session = { id, renewedAt: startedAt };\n    options.changed();\n    return statedMs;',
        replace:
          '    holder.session = { id, renewedAt: startedAt === undefined ? startedAt : momentOf(clock) };\n    options.changed();\n    return statedMs;',
      },
    ],
  },
  {
    name: 'flags-not-asked-again',
    breaks: 'a call is made although failsafe has been set since its intent',
    rules: ['failsafe', 'intent'],
    edits: [
      {
        file: 'src/agent/intent.ts',
        search: "      if (intent.isStopped()) refuse('failsafe or a pause has been set meanwhile');\n",
        replace: '',
      },
      {
        file: 'src/agent/intent.ts',
        search:
          "      if (ageMs(begunAt, momentOf(clock)) > INTENT_LIFE_MS) refuse('its intent was written too long ago');",
        replace: "      if (ageMs(begunAt, momentOf(clock)) > 6 * INTENT_LIFE_MS) refuse('too long ago');",
      },
    ],
  },
  {
    name: 'terminate-with-work',
    breaks: 'an instance is terminated whatever runs on its node',
    rules: ['work'],
    edits: [
      {
        file: 'src/domain/advance-in.ts',
        search: '  const first = clearFirst(operation, sight, late);\n  if (first) return first;\n',
        replace: '  clearFirst(operation, sight, late);\n',
      },
      {
        file: 'src/domain/advance-in.ts',
        search: '  if (!node.eligible && !node.draining && isEmpty(sight)) {',
        replace: '  if (!node.eligible) {',
      },
      {
        file: 'src/domain/advance-in.ts',
        search: '  if (isOpen(sight.node) || !isEmpty(sight)) {',
        replace: '  if (isOpen(sight.node)) {',
      },
      {
        file: 'src/domain/advance-in.ts',
        search: '  if (isEmpty(sight)) return undefined;\n',
        replace: '  if (isEmpty(sight) || operation.pool !== "") return undefined;\n',
      },
    ],
  },
  {
    name: 'drain-forgotten',
    breaks: 'a drain that is given up leaves its node ineligible',
    rules: ['settled'],
    edits: [
      {
        file: 'src/adapters/nomad/nodes.ts',
        search: 'const body = { DrainSpec: null, MarkEligible: true };',
        replace: 'const body = { DrainSpec: null, MarkEligible: false };',
      },
    ],
  },
  {
    name: 'any-partition',
    breaks: 'a member that holds any partition acts on every resource',
    rules: ['lock', 'two locks'],
    isOfGroup: true,
    edits: [
      {
        file: 'src/agent/group/member.ts',
        search: 'seats.term(partitionOf(resource, count));',
        replace: 'seats.term(partitionOf(resource, count)) ?? seats.term(seats.held()[0] ?? 0);',
      },
    ],
  },
];
