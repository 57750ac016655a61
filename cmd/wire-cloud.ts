import type { CloudReader } from '../src/simulator/aws/followed-pools.ts';

/** Reads another AWS. `close` gives its connections back. */
export interface WiredCloud {
  readonly reader: CloudReader;
  readonly close: () => Promise<void>;
}

/** Loads the AWS adapter for an endpoint; credentials are found as the SDK finds them. */
export async function wireCloud(endpoint: string): Promise<WiredCloud> {
  const [{ systemClock }, { createWriteAgent }, { createScalingProvider }] = await Promise.all([
    import('../src/adapters/system/clock.ts'),
    import('../src/adapters/system/write-agent.ts'),
    import('../src/adapters/aws/provider.ts'),
  ]);
  // The SDK looks for its endpoint there, and this process talks to no other.
  process.env['AWS_ENDPOINT_URL'] = endpoint;
  const provider = createScalingProvider({ clock: systemClock(), writeAgent: createWriteAgent });
  return { reader: provider, close: () => provider.close() };
}
