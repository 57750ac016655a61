import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createTroubles } from '../../src/agent/troubles.ts';

function start() {
  const told: string[] = [];
  const troubles = createTroubles((event: AgentEvent) => {
    if (event.kind === 'round-failed') told.push(`${event.resource}: ${event.error.message}`);
    if (event.kind === 'round-recovered') told.push(`${event.resource} again`);
  });
  return { troubles, told };
}

test('a reason is told once, a new one again, and the end once', () => {
  const { troubles, told } = start();
  for (const text of ['boom', 'boom', 'bang', 'bang']) troubles.failed('web/api', new Error(text));
  troubles.passed('web/api');
  troubles.passed('web/api');
  expect(told).toEqual(['web/api: boom', 'web/api: bang', 'web/api again']);
});

test('each resource has its own', () => {
  const { troubles, told } = start();
  troubles.failed('web/api', new Error('boom'));
  troubles.failed('pool a', 'no error');
  troubles.passed('mail/outbox');
  expect(told).toEqual(['web/api: boom', 'pool a: no error']);
  expect([...troubles.standing()]).toEqual([
    ['web/api', 'boom'],
    ['pool a', 'no error'],
  ]);
});
