import { expect, test } from 'vitest';
import { startSuccession, type Succession } from '../../cmd/agent/succession.ts';

interface Rig {
  readonly succession: Succession<number>;
  readonly told: string[];
}

async function start(): Promise<Rig> {
  const told: string[] = [];
  const count = { value: 0 };
  const succession = await startSuccession<number>(
    async () => {
      count.value += 1;
      const it = count.value;
      told.push(`start ${it}`);
      return { it, close: async () => void told.push(`close ${it}`) };
    },
    (error) => void told.push(`failed ${String(error)}`),
  );
  return { succession, told };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('the one before is closed before the next is started', async () => {
  const { succession, told } = await start();
  succession.renew();
  await settled();
  expect(succession.current()).toBe(2);
  expect(told).toEqual(['start 1', 'close 1', 'start 2']);
});

test('asked for twice at once, one more is enough', async () => {
  const { succession, told } = await start();
  succession.renew();
  succession.renew();
  await settled();
  expect(told).toEqual(['start 1', 'close 1', 'start 2']);
});

test('closing ends the last one, and nothing is started afterwards', async () => {
  const { succession, told } = await start();
  succession.renew();
  await succession.close();
  succession.renew();
  await settled();
  expect(told.at(-1)).toMatch(/^close/);
  expect(told.filter((line) => line.startsWith('start'))).toHaveLength(
    told.filter((line) => line.startsWith('close')).length,
  );
});
