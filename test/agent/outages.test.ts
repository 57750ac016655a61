import { expect, test } from 'vitest';
import { createOutages } from '../../src/agent/outages.ts';
import { PortError, type PortErrorKind } from '../../src/ports/port-error.ts';

function start() {
  const told: string[] = [];
  const outages = createOutages((event) => {
    if (event.kind === 'service-failed') told.push(`${event.service} failed: ${event.error.message}`);
    if (event.kind === 'service-recovered') told.push(`${event.service} is back`);
  });
  return { outages, told };
}

function failure(kind: PortErrorKind, text: string, permission?: string): PortError {
  const detail = { service: 'consul', doing: 'read', text } as const;
  return new PortError(kind, permission === undefined ? detail : { ...detail, permission });
}

test('an outage is told once, however many run into it, and its end once, when all of them go well', () => {
  const { outages, told } = start();
  for (const what of ['renew the session', 'read the state', 'renew the session']) {
    outages.failed('consul', what, failure('unavailable', 'connection refused'));
  }
  outages.passed('consul', 'renew the session');
  expect(told).toEqual(['consul failed: consul: read: connection refused']);
  outages.passed('consul', 'read the state');
  outages.passed('consul', 'read the state');
  expect(told).toEqual(['consul failed: consul: read: connection refused', 'consul is back']);
});

test('within an outage each kind of failure, and each missing permission, is told once', () => {
  const { outages, told } = start();
  outages.failed('consul', 'a', failure('unavailable', 'connection refused'));
  outages.failed('consul', 'b', failure('unavailable', 'no leader'));
  outages.failed('consul', 'b', failure('timeout', 'no answer'));
  outages.failed('consul', 'c', failure('denied', '403', 'key:write x'));
  outages.failed('consul', 'c', failure('denied', '403', 'session:write'));
  outages.failed('consul', 'd', failure('denied', '403', 'session:write'));
  expect(told).toHaveLength(4);
});

test('the next outage is told anew', () => {
  const { outages, told } = start();
  for (let time = 0; time < 2; time += 1) {
    outages.failed('nomad', 'jobs', new Error('boom'));
    outages.passed('nomad', 'jobs');
  }
  expect(told).toEqual(['nomad failed: boom', 'nomad is back', 'nomad failed: boom', 'nomad is back']);
});

test('services have their outages each for itself', () => {
  const { outages, told } = start();
  outages.failed('nomad', 'jobs', new Error('boom'));
  outages.failed('consul', 'jobs', new Error('boom'));
  outages.passed('consul', 'jobs');
  expect(told).toEqual(['nomad failed: boom', 'consul failed: boom', 'consul is back']);
});

test('what goes well without having failed is no news', () => {
  const { outages, told } = start();
  outages.passed('nomad', 'jobs');
  expect(told).toEqual([]);
});

test('what is thrown and no Error is told all the same', () => {
  const { outages, told } = start();
  outages.failed('nomad', 'jobs', 'just a text');
  expect(told).toEqual(['nomad failed: just a text']);
});
