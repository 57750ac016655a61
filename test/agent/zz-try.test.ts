import { test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
test('x', async () => {
const c = new VirtualCluster({ jobs: [scenarioJob({ cpuMhz: 900})] });
const a = c.startAgent();
a.consul.tamper((r) => { console.log(c.clock.monotonicMs(), r.method, decodeURIComponent(r.path), String(r.query), r.body.slice(0,300)); return undefined; });
await c.until(/Nomad accepted the count 3/);
console.log(c.consul.keys().map(k=>k.key));
c.consul.restartEmpty();
console.log(c.consul.keys().map(k=>k.key));
await c.run(2_000);
console.log(c.consul.keys().map(k=>k.key+' '+k.createIndex+' '+k.modifyIndex));
await c.stop();
});
