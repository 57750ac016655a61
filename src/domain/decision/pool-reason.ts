import type { PoolReason } from './pool-judgement.ts';

/** One sentence a reason, written once: logs, status, documentation and the demo print these. */
export const POOL_REASON_TEXT: Readonly<Record<PoolReason, string>> = {
  policy: "the pool's policy is missing, faulty, disabled or disagreed upon",
  empty: 'the pool has no ready node',
  state: 'the stored scaling state cannot be read',
  unread: 'Nomad or AWS cannot be read just now: unknown is not zero',
  steady: 'the nodes are as many as are needed',
  headroom: 'one node fewer would leave too little room',
  placement: 'the work of no node that could go fits on the others',
  protected: 'the nodes that could go are protected, or run this agent',
  'unknown-instance': "the nodes that could go run on no known instance of the pool's group",
  'unidentified-node': 'a new node has no known instance while a new instance has no node',
  failsafe: 'failsafe is set; an operator resets it',
  paused: 'scaling is paused',
  operation: 'a scaling operation is under way',
  backoff: 'waiting after a failed operation',
  moving: 'ready nodes and desired capacity differ, or an instance has not joined yet',
  'asg-min': 'the pool is at its minimum',
  'asg-max': 'the pool is at its maximum',
  cooldown: 'waiting after the last scaling event',
  threshold: 'too few evaluations in a row have asked for it',
  above: 'the work reaches what may be used with fault tolerance and reserve',
  below: 'one node fewer still has room enough',
  pending: 'work waits for room that new nodes would have',
};
