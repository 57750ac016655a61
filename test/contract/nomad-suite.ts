import { describe } from 'vitest';
import { aclCases } from './nomad/acl-cases.ts';
import { allocationCases } from './nomad/allocation-cases.ts';
import { blockingCases } from './nomad/blocking-cases.ts';
import { deploymentCases } from './nomad/deployment-cases.ts';
import { eventCases } from './nomad/event-cases.ts';
import { httpCases } from './nomad/http-cases.ts';
import { nodeCases } from './nomad/node-cases.ts';
import { poolCases } from './nomad/pool-cases.ts';
import { portCases } from './nomad/port-cases.ts';
import { registerCases } from './nomad/register-cases.ts';
import { roomCases } from './nomad/room-cases.ts';
import { scaleCases } from './nomad/scale-cases.ts';
import type { GuardedNomad, NomadUnderTest } from './nomad/wire.ts';

/** Where the suite's servers come from; both are asked for when a case begins. */
export interface NomadSource {
  /** One node, ready, with raw_exec, and nothing running that is not of the suite. */
  readonly open: () => NomadUnderTest;
  /** With access control, and a job `web` that runs. */
  readonly openGuarded: () => GuardedNomad;
}

/** What Replicator relies on in Nomad 1.0.18: run against a real one and against the simulator's face. */
export function nomadContract(title: string, { open, openGuarded }: NomadSource): void {
  describe(`the contract of ${title}`, { timeout: 120_000 }, () => {
    httpCases(open);
    registerCases(open);
    scaleCases(open);
    deploymentCases(open);
    allocationCases(open);
    blockingCases(open);
    eventCases(open, openGuarded);
    nodeCases(open);
    roomCases(open);
    poolCases(open);
    portCases(open);
    aclCases(openGuarded);
  });
}
