import { parsePoolDocument, POOL_NAME_KEY } from '../../domain/policy/pool-policy.ts';
import type { TreeNode } from '../tree.ts';
import type { Findings } from './finding.ts';
import { judgeMeta } from './judge-meta.ts';
import { POOL_LAW } from './laws.ts';
import { metaOf } from './meta-entries.ts';

/** Checks the policy of a worker pool as it stands in Consul. A pool that it does not name itself is `pool`. */
export function checkPool(nodes: readonly TreeNode[], pool: string, findings: Findings): void {
  const object = { key: 'meta', labels: [], line: 1, column: 1 } as const;
  const value = { kind: 'object', members: nodes, line: 1, column: 1 } as const;
  const meta = metaOf([{ ...object, value }], { key: 'meta', wantsText: false }, 1);
  const named = meta.entries.find(({ key }) => key === POOL_NAME_KEY)?.value;
  const name = named?.kind === 'text' ? named.text : pool;
  const parse = (given: Readonly<Record<string, string>>) => parsePoolDocument(name, JSON.stringify(given));
  judgeMeta({ ...POOL_LAW, parse }, meta, { findings, of: '' });
}
