import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { position, startAgentProcess } from './support/agents.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

describe('statistics that do not come', () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  test.each([
    { what: 'all answer 500', fault: { mode: 'error' }, measured: '0 of 4' },
    { what: 'half of them answer 500', fault: { mode: 'error', fraction: 0.5 }, measured: '2 of 4' },
    { what: 'half of them hang', fault: { mode: 'hang', fraction: 0.5 }, measured: '2 of 4' },
  ])(
    '$what: no scale-in, and the reason is no-metrics; in again once they come',
    needsConsul,
    async ({ what, fault, measured }) => {
      const id = what.replaceAll(/\W+/g, '-');
      await nomad.send('PUT', '/simulator/faults', { statistics: fault });
      await nomad.register({ id, heat: 'cold', count: 4, min: 3, max: 6 });
      const agent = startAgentProcess({ nomadUrl: nomad.url, consul: consul.address, keyRoot: id });
      const hold = new RegExp(`${id}/app: hold: no-metrics.*${measured} measured`);
      const first = await agent.waitForLine(hold, 20_000);
      expect(agent.lines.some(({ text }) => /\[WARN\] .*hold: no-metrics/.test(text))).toBe(true);
      for (let from = first.index + 1, n = 0; n < 4; n++)
        from = (await agent.waitForLine(hold, 15_000, from)).index + 1;
      expect(await nomad.count(id)).toBe(4);
      expect(agent.lines.some(({ text }) => /scale in/.test(text) && !/would scale/.test(text))).toBe(false);
      await nomad.send('PUT', '/simulator/faults', { statistics: null });
      await agent.waitForLine(/scale in from 4 to 3: below/, 15_000, position(agent));
      await agent.stop();
      await nomad.send('DELETE', `/v1/job/${id}?purge=true`);
    },
  );
});
