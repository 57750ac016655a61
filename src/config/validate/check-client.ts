import { POOL_NAME_KEY } from '../../domain/policy/pool-policy.ts';
import type { TreeNode } from '../tree.ts';
import type { Findings } from './finding.ts';
import { judgeMeta } from './judge-meta.ts';
import { POOL_LAW } from './laws.ts';
import { type MetaSketch, metaOf } from './meta-entries.ts';
import { blocksOf, named } from './nodes.ts';

const META = { key: 'meta', wantsText: false } as const;

/** Checks the policy in the configuration of a Nomad client; a `meta` that stands alone counts as that of a client. */
export function checkClient(nodes: readonly TreeNode[], findings: Findings): void {
  const blocks = blocksOf(nodes, 'client', 0);
  for (const { members, line } of blocks) checkMeta(metaOf(members, META, line), findings);
  if (named(nodes, 'meta').length > 0) checkMeta(metaOf(nodes, META, 1), findings);
  else if (blocks.length === 0) findings.add('notice', { line: 1 }, 'there is no client in it: no policy');
}

/** A node that names its pool and little else takes the rest from Consul, if it is there. */
function checkMeta(meta: MetaSketch, findings: Findings): void {
  const given = new Set(meta.entries.map(({ key }) => key));
  const ours = POOL_LAW.keys.filter(({ key }) => given.has(key)).map(({ key }) => key);
  const name = meta.entries.find(({ key }) => key === POOL_NAME_KEY);
  if (name && ours.every((key) => key === POOL_NAME_KEY || key === 'replicator_enabled')) {
    const message =
      'names its pool alone: the policy must stand in Consul, below the key root at nodes/<pool>';
    return findings.add('notice', name, message);
  }
  judgeMeta(POOL_LAW, meta, { findings, of: '' });
  if (name !== undefined || ours.length === 0 || !meta.isWhole || findings.isPartial) return;
  findings.add('fault', { line: meta.line, key: POOL_NAME_KEY }, 'is missing: the others have no effect');
}
