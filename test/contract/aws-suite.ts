import { describe } from 'vitest';
import { providerCases } from './aws/provider-cases.ts';
import { readCases } from './aws/read-cases.ts';
import { AwsWire } from './aws/wire.ts';
import type { AwsUnderTest } from './aws/wire.ts';
import { writeCases } from './aws/write-cases.ts';

/** Where the suite's server comes from, asked for when a case begins. */
export interface AwsServer {
  readonly open: () => AwsUnderTest;
  /** False for moto: cases about what it is known to do otherwise than AWS are left out. */
  readonly behavesAsAws: boolean;
}

/** What Replicator relies on in Auto Scaling and EC2: run against moto and against the simulator's face. */
export function awsContract(title: string, { open, behavesAsAws }: AwsServer): void {
  describe(`the contract of ${title}`, { timeout: 60_000 }, () => {
    const source = { open: () => new AwsWire(open()), behavesAsAws };
    readCases(source);
    writeCases(source);
    providerCases(source);
  });
}
