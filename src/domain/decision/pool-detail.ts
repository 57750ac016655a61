import type { PoolSnapshot } from '../pool-snapshot.ts';
import { type InstanceFacts, isLivingMember } from '../worker-pool.ts';
import type { PoolAsk, PoolHoldReason, PoolNumbers } from './pool-judgement.ts';

/** An instance younger than this may still become a node; an older one without a node is lost. */
export const JOINING_MS = 8 * 60_000;

/** Instances without a node that may still join. A launch in the future is young. */
export function joiningOf({ unjoined, nowMs }: PoolSnapshot): readonly InstanceFacts[] {
  return unjoined.filter((one) => nowMs - one.launchedMs < JOINING_MS);
}

/** Instances that never became a node: they hold nothing up. */
export function lostOf({ unjoined, nowMs }: PoolSnapshot): readonly InstanceFacts[] {
  return unjoined.filter((one) => nowMs - one.launchedMs >= JOINING_MS);
}

/** Living instances of the group that a ready node runs on, each once. */
export function readyMembers({ nodes }: PoolSnapshot): ReadonlySet<string> {
  const living = nodes.flatMap(({ member }) => (member && isLivingMember(member) ? member.instanceId : []));
  return new Set(living);
}

/** What a hold is about where its reason and the numbers do not tell; '' for nothing. */
export function detailOf(
  reason: PoolHoldReason,
  of: { readonly snapshot: PoolSnapshot; readonly numbers: PoolNumbers; readonly ask: PoolAsk },
): string {
  const { snapshot, numbers, ask } = of;
  const { desired } = numbers;
  switch (reason) {
    case 'moving':
      return ask.kind === 'in'
        ? `${readyMembers(snapshot).size} of ${desired} desired instances run a ready node`
        : `${namesOf(joiningOf(snapshot))} may still join`;
    case 'unidentified-node':
      return `${nodeNames(unboundNodes(snapshot.nodes))} may run on ${namesOf(snapshot.unjoined)}`;
    case 'asg-min':
      return `${desired} are desired, ${numbers.min} at least`;
    case 'asg-max':
      return `${desired} are desired, ${numbers.max} at the most`;
    default:
      return '';
  }
}

function namesOf(instances: readonly InstanceFacts[]): string {
  return instances.map((one) => one.instanceId).join(', ');
}

/** Ready nodes that run on no known instance of the group. */
export function unboundNodes(nodes: PoolSnapshot['nodes']): PoolSnapshot['nodes'] {
  return nodes.filter(({ instanceId, member }) => instanceId === '' || !member);
}

function nodeNames(nodes: PoolSnapshot['nodes']): string {
  return nodes.map(({ node }) => node.name).join(', ');
}
