// The simulated cluster as a process of its own. The world file comes as argv's path; it answers `reset`, `report`,
// `churn <jobs a second>` and `stop` over IPC, and says where it serves once all work runs.
import { readFileSync } from 'node:fs';

/** @typedef {import('./simulator-report.ts').SimulatorReport} SimulatorReport */
/** @typedef {Record<string, {requests: number, bytes: number}>} Counts */

/** @param {string} path below dist */
const built = (path) => new URL(`../../dist/${path}`, import.meta.url).href;

/** @type {typeof import('../../cmd/demo/endpoint.ts')} */
const { awsActionOf, endpointOf } = await import(built('cmd/demo/endpoint.js'));
/** @type {typeof import('../../src/adapters/system/clock.ts')} */
const { systemClock } = await import(built('src/adapters/system/clock.js'));
/** @type {typeof import('../../src/simulator/aws/aws-face.ts')} */
const { createAwsFace } = await import(built('src/simulator/aws/aws-face.js'));
/** @type {typeof import('../../src/simulator/aws/cloud-pools.ts')} */
const { createCloudPools } = await import(built('src/simulator/aws/cloud-pools.js'));
/** @type {typeof import('../../src/simulator/consul/consul-face.ts')} */
const { createConsulFace } = await import(built('src/simulator/consul/consul-face.js'));
/** @type {typeof import('../../src/simulator/nomad/face.ts')} */
const { createNomadFace } = await import(built('src/simulator/nomad/face.js'));
/** @type {typeof import('../../src/simulator/random.ts')} */
const { Random } = await import(built('src/simulator/random.js'));
/** @type {typeof import('../../src/simulator/serve.ts')} */
const { serveFace } = await import(built('src/simulator/serve.js'));
/** @type {typeof import('../../src/simulator/world-file.ts')} */
const { buildWorld, parseWorldFile } = await import(built('src/simulator/world-file.js'));

const parsed = parseWorldFile(readFileSync(process.argv[2] ?? '', 'utf8'));
if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
const { description } = parsed;
const clock = systemClock();
const world = buildWorld(description, clock);
const cloud = createCloudPools(world, description.pools, description.seed);

/** @type {{nomad: Counts, consul: Counts, aws: Counts}} */
let counts = { nomad: {}, consul: {}, aws: {} };
let cpu = process.cpuUsage();

/** @param {keyof typeof counts} server */
function counter(server) {
  /** @param {import('../../src/simulator/http-handler.ts').RequestLogEntry} entry */
  return (entry) => {
    const { method, path, bytes } = entry;
    const name = server === 'aws' ? awsActionOf(entry) : endpointOf(method, path);
    const count = (counts[server][name] ??= { requests: 0, bytes: 0 });
    count.requests += 1;
    count.bytes += bytes;
  };
}

const consulFace = createConsulFace({ clock, random: new Random('bench/consul') });
const nomad = await serveFace(createNomadFace(world), { gzip: true, log: counter('nomad') });
const consul = await serveFace(consulFace, { log: counter('consul') });
const aws = await serveFace(createAwsFace(cloud.cloud), { log: counter('aws') });

function running() {
  let sum = 0;
  for (const { clientStatus, desiredStatus } of world.store.tables.allocations.all())
    if (clientStatus === 'running' && desiredStatus === 'run') sum += 1;
  return sum;
}

/** @returns {SimulatorReport} */
function report() {
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...counts,
    nomadSockets: nomad.connections(),
    nomadSocketsMax: nomad.maxConnections(),
    consulSockets: consul.connections(),
    cpuSeconds: (user + system) / 1e6,
    running: running(),
  };
}

/** @type {NodeJS.Timeout | undefined} */
let churning;
let turn = 0;

/** An operator who changes jobs all the time: one allocation more, then one less. @param {number} jobsPerSecond */
function churn(jobsPerSecond) {
  clearInterval(churning);
  if (jobsPerSecond <= 0) return;
  churning = setInterval(() => {
    const jobs = world.store.tables.jobs.all();
    const job = jobs[turn % jobs.length];
    const group = job?.spec.groups[0];
    turn += 1;
    if (!job || !group) return;
    try {
      const { namespace, id } = job.spec;
      const count = group.count + (Math.floor(turn / jobs.length) % 2 === 0 ? 1 : -1);
      world.scale({
        namespace,
        jobId: id,
        group: group.name,
        count,
        message: 'bench',
        error: false,
        meta: {},
      });
    } catch (error) {
      process.stderr.write(`simulator: ${String(error)}\n`);
    }
  }, 1_000 / jobsPerSecond);
}

process.on('disconnect', () => process.exit(1));
process.on('message', (what) => {
  const [order = '', value = ''] = String(what).split(' ');
  if (order === 'reset') {
    counts = { nomad: {}, consul: {}, aws: {} };
    cpu = process.cpuUsage();
    process.send?.({ done: true });
  } else if (order === 'report') process.send?.(report());
  else if (order === 'churn') {
    churn(Number(value));
    process.send?.({ done: true });
  } else if (order === 'stop') process.exit(0);
});
process.send?.({ nomad: nomad.url, consul: consul.url, aws: aws.url });
