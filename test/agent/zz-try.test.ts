import { test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
test('x', async () => {
const t0 = performance.now();
const c = new VirtualCluster({ jobs: [scenarioJob({ cpuMhz: { kind: 'wave', mean: 1000, amplitude: 800, periodS: 1200 } })] });
c.startAgent();
await c.run(20 * 60_000);
await c.stop();
console.log(c.transcript.text());
console.log(performance.now() - t0);
console.log(process.getActiveResourcesInfo());
});
