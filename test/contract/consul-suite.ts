import { describe } from 'vitest';
import { aclCases } from './consul/acl-cases.ts';
import { blockingCases } from './consul/blocking-cases.ts';
import { expiryCases } from './consul/expiry-cases.ts';
import { httpCases } from './consul/http-cases.ts';
import { kvCases } from './consul/kv-cases.ts';
import { lockCases } from './consul/lock-cases.ts';
import { serviceCases } from './consul/service-cases.ts';
import { sessionCases } from './consul/session-cases.ts';
import { txnCases } from './consul/txn-cases.ts';
import type { ConsulUnderTest, GuardedConsul } from './consul/wire.ts';

/** Where the suite's servers come from: each case opens one and closes it. */
export interface ConsulSource {
  /** Without access control, session_ttl_min at 1 s. */
  readonly open: () => Promise<ConsulUnderTest>;
  /** With access control, everything denied by default, session_ttl_min as it is. */
  readonly openGuarded: () => Promise<GuardedConsul>;
}

/** What Replicator relies on in Consul 1.8.7: run against a real one and against the simulator's face. */
export function consulContract(title: string, { open, openGuarded }: ConsulSource): void {
  describe(`the contract of ${title}`, () => {
    httpCases(open);
    kvCases(open);
    blockingCases(open);
    lockCases(open);
    sessionCases(open);
    expiryCases(open);
    serviceCases(open);
    txnCases(open);
    aclCases(openGuarded);
  });
}
