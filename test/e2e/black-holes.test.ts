import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually, leads } from './support/agents.ts';
import { startHttpAgent } from './support/http-agent.ts';
import { startSimulatedNomad } from './support/nomad.ts';

/** Accepts connections, reads, and never answers. */
async function openHole(): Promise<{ readonly port: number; readonly asked: () => number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => (asked += 1));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, asked: () => asked };
}

/** A UDP socket that counts what comes and never answers. */
async function openDeadStatsd(): Promise<{ readonly port: number; readonly packets: () => number }> {
  const socket = createSocket('udp4');
  let packets = 0;
  socket.on('message', () => (packets += 1));
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void socket.close(resolve)));
  return { port: socket.address().port, packets: () => packets };
}

test(
  'rounds are not late while notifiers and statsd accept everything and never answer',
  { ...needsConsul, timeout: 60_000 },
  async () => {
    const [nomad, consul, hole, statsd] = await Promise.all([
      startSimulatedNomad(),
      startConsul(),
      openHole(),
      openDeadStatsd(),
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'replicator-holes-'));
    onTestFinished(async () => {
      await Promise.all([nomad.stop(), consul.stop()]);
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, 'replicator.hcl');
    const at = `http://127.0.0.1:${hole.port}`;
    writeFileSync(
      file,
      `notification {\n  slack_webhook_url = "${at}/slack"\n  webhook_url = "${at}/webhook"\n  events = ["all"]\n}\n` +
        `telemetry {\n  statsd_address = "127.0.0.1:${statsd.port}"\n}\n`,
    );
    for (const id of ['a', 'b', 'c', 'd'])
      await nomad.register({ id, heat: 'hot', count: 1, max: 500, cooldownS: 0, type: 'service' });
    const place = { nomadUrl: nomad.url, consul: consul.address, flags: [`-config=${file}`] };
    const agent = await startHttpAgent(place);
    await leads(agent, 20_000);
    const lateness = async (): Promise<{ readonly all: number; readonly late: number }> => {
      const { text } = await agent.get('/v1/metrics');
      const read = (end: string): number =>
        Number(
          new RegExp(`^replicator_round_lateness_seconds_${end} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN,
        );
      const all = read('count\\{type="job_group"\\}');
      return { all, late: all - read('bucket\\{le="1",type="job_group"\\}') };
    };
    await eventually('notices under way', 15_000, () => (hole.asked() >= 4 ? true : undefined));
    const before = await lateness();
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const after = await lateness();
    console.log(
      `black holes: ${after.all - before.all} rounds in 12 s, ${after.late - before.late} later than 1 s; ${hole.asked()} notices unanswered, ${statsd.packets()} packets`,
    );
    expect(after.all - before.all).toBeGreaterThan(30);
    expect(after.late - before.late).toBe(0);
    expect(statsd.packets()).toBeGreaterThan(0);
    const stoppedMs = performance.now();
    expect(await agent.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - stoppedMs).toBeLessThan(4_000);
  },
);
