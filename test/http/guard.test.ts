import { describe, expect, test } from 'vitest';
import { createTokenCheck, isKnownHost } from '../../src/http/guard.ts';

describe('a Host header', () => {
  test.each<[host: string | undefined, bound: string, isKnown: boolean]>([
    ['127.0.0.1:1313', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['localhost:1313', '127.0.0.1', true],
    ['LOCALHOST:9', '127.0.0.1', true],
    ['[::1]:1313', '127.0.0.1', true],
    ['127.0.0.2:1313', '127.0.0.1', true],
    [undefined, '127.0.0.1', true],
    ['localhost', '::1', true],
    ['[::1]', '[::1]', true],
    ['localhost', 'localhost', true],
    ['evil.example:1313', '127.0.0.1', false],
    ['127.0.0.1.evil.example', '127.0.0.1', false],
    ['localhost.evil.example', '127.0.0.1', false],
    ['10.0.0.5:1313', '127.0.0.1', false],
    ['user@localhost', '127.0.0.1', false],
    ['localhost:1313:1', '127.0.0.1', false],
    ['localhost evil', '127.0.0.1', false],
    ['', '127.0.0.1', false],
    ['evil.example', '::1', false],
    ['evil.example', 'localhost', false],
    // Elsewhere names are the operator's business.
    ['replicator.service.consul:1313', '10.0.0.5', true],
    ['anything', '0.0.0.0', true],
  ])('%s at %s: %s', (host, bound, isKnown) => {
    expect(isKnownHost(host, bound)).toBe(isKnown);
  });
});

describe('a token', () => {
  test.each<[headers: Readonly<Record<string, string>>, isRight: boolean]>([
    [{ 'x-replicator-token': 'secret' }, true],
    [{ authorization: 'Bearer secret' }, true],
    [{ authorization: 'bearer  secret ' }, true],
    [{}, false],
    [{ 'x-replicator-token': '' }, false],
    [{ 'x-replicator-token': 'secret ' }, false],
    [{ 'x-replicator-token': 'secre' }, false],
    [{ 'x-replicator-token': 'secret, secret' }, false],
    [{ 'x-replicator-token': 'wrong', authorization: 'Bearer secret' }, false],
    [{ authorization: 'Basic secret' }, false],
    [{ authorization: 'Bearer' }, false],
    [{ 'x-consul-token': 'secret' }, false],
  ])('in %j: %s', (headers, isRight) => {
    expect(createTokenCheck('secret')?.(headers)).toBe(isRight);
  });

  test.each([undefined, ''])('that is %j shuts the door', (token) => {
    expect(createTokenCheck(token)).toBeUndefined();
  });
});
