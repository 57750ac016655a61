import { mayRebalance } from '../../src/agent/pool-notices.ts';
import type { DiscoveredPool } from '../../src/domain/discover-pools.ts';
import { faultLine } from '../../src/domain/policy/group-policy.ts';
import type { PoolPolicy } from '../../src/domain/policy/pool-policy.ts';
import { isLivingMember, type PoolGroup } from '../../src/domain/worker-pool.ts';
import type { AwsInspector } from '../../src/ports/inspection.ts';
import type { ScalingProvider } from '../../src/ports/scaling-provider.ts';
import { type CheckItem, Items } from './item.ts';

/** What AWS is looked into with. */
export interface AwsCheck {
  readonly pools: readonly DiscoveredPool[];
  readonly provider: ScalingProvider;
  readonly inspector: AwsInspector;
  /** Updates groups with nothing, where that is the only way to see. */
  readonly mayWrite: boolean;
  readonly signal: AbortSignal;
}

/** Looks at the groups of the worker pools, and at what the credentials may do in their regions. */
export async function checkAws(check: AwsCheck): Promise<readonly CheckItem[]> {
  const items = new Items('AWS');
  if (check.pools.length === 0) items.add('ok', 'worker pools', 'there are none: AWS is not asked');
  const tried = new Set<string>();
  for (const pool of check.pools) {
    const { policy } = pool;
    if (policy.kind === 'invalid') items.add('fault', `policy ${pool.pool}`, faultLine(policy.faults));
    else await checkPool(items, check, { policy: policy.policy, tried });
  }
  return items.list;
}

async function checkPool(
  items: Items,
  check: AwsCheck,
  { policy, tried }: { readonly policy: PoolPolicy; readonly tried: Set<string> },
): Promise<void> {
  const { provider, signal } = check;
  const group = await items.look(`group ${policy.pool}`, () => provider.readGroup(policy, signal));
  if (!group) return;
  tellGroup(items, group);
  if (!tried.has(policy.region)) await checkRegion(items, check, group);
  tried.add(policy.region);
  await items.look(`autoscaling:UpdateAutoScalingGroup ${policy.pool}`, () => tryUpdate(items, check, group));
}

function tellGroup(items: Items, group: PoolGroup): void {
  const { pool, min, max, desired, members, region } = group;
  const size = `${members.filter(isLivingMember).length} of ${desired} instances (${min}..${max}) in ${region}`;
  items.add('ok', `group ${pool}`, size);
  if (mayRebalance(group)) {
    const text = `spans ${group.zones.join(', ')} and AZRebalance is not suspended: AWS may terminate undrained nodes`;
    items.add('warning', `AZRebalance ${pool}`, text);
  }
  const stopped = ['Launch', 'Terminate'].filter((process) => group.suspended.includes(process));
  if (stopped.length > 0) items.add('warning', `processes ${pool}`, `suspended: ${stopped.join(', ')}`);
}

/** One instance stands for all of its region. */
async function checkRegion(items: Items, check: AwsCheck, group: PoolGroup): Promise<void> {
  const { provider, inspector, signal } = check;
  const { region } = group;
  const [member] = group.members.filter(isLivingMember);
  const ids = member ? [member.instanceId] : [];
  const look = async (action: string, run: () => Promise<unknown>): Promise<void> => {
    const found = await items.look(`${action} ${region}`, async () => {
      await run();
      return true;
    });
    if (found) items.add('ok', `${action} ${region}`);
  };
  await look('autoscaling:DescribeScalingActivities', () => provider.readTrouble(group, signal));
  if (!member)
    return items.add('unknown', `other actions ${region}`, 'the group has no instance to try them on');
  await look('autoscaling:DescribeAutoScalingInstances', () => provider.readMembership(region, ids, signal));
  await look('ec2:DescribeInstances', () => provider.readInstances(region, ids, signal));
  await look('ec2:TerminateInstances', () => inspector.mayTerminate(region, member.instanceId, signal));
}

async function tryUpdate(items: Items, check: AwsCheck, { region, pool }: PoolGroup): Promise<void> {
  const what = `autoscaling:UpdateAutoScalingGroup ${pool}`;
  const detach = `autoscaling:DetachInstances ${pool}`;
  if (check.mayWrite) {
    await check.inspector.mayUpdate(region, pool, check.signal);
    items.add('ok', what, 'tried');
  } else items.add('unknown', what, '-write tries it with an update of nothing');
  items.add('unknown', detach, 'can only be seen when an instance is detached; jobs/iam-policy.json has it');
}
