import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfigDocument } from '../../src/config/parse.ts';
import { decodeGroupConfig, type GroupConfig } from '../../src/domain/group/group-config-document.ts';
import { openFailsafeRoom, type FailsafeRoom } from './failsafe-room.ts';
import { configText, type GroupRoom, keys, openGroupRoom } from './group-room.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-configure-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CONFIG = keys.groupConfig('blue');
const INTERVAL = put('interval.hcl', 'job_scaling_interval = 5');

function stored(room: FailsafeRoom): GroupConfig {
  const reading = decodeGroupConfig(room.consul.key(CONFIG)?.text ?? '');
  if (!reading.ok) throw new Error(reading.fault);
  return reading.value;
}

/** As a member does: takes over what is stored as soon as it sees it. */
function takeOver(room: GroupRoom, say: (more: { configSeen: number }) => Promise<void>): void {
  const before = room.indexOf(CONFIG);
  const look = (): void => {
    const index = room.indexOf(CONFIG);
    if (index === before) setTimeout(look, 10);
    else void say({ configSeen: index });
  };
  look();
}

describe('configure stores', () => {
  test('every option that may be stored, from HCL, in the form in which members read it', async () => {
    const path = put(
      'all.hcl',
      `nomad = "http://n:4646"
      log_level = "WARNING"
      job_scaling_interval = "7"
      scaling_concurrency = 3
      cluster_scaling_disable = true
      partitions = 32
      telemetry { statsd_address = "10.0.0.1:8125" }
      notification {
        cluster_identifier = "prod"
        events = ["scale_out"]
      }`,
    );
    const room = await openFailsafeRoom();
    const { code, err } = await room.command('configure', '-group=blue', `-input=${path}`);
    expect([code, err]).toEqual([0, []]);
    const { options, partitions, by, atMs } = stored(room);
    expect(options).toEqual({
      nomad: 'http://n:4646',
      log_level: 'warn',
      job_scaling_interval: 7,
      scaling_concurrency: 3,
      cluster_scaling_disable: true,
      telemetry: { statsd_address: '10.0.0.1:8125' },
      notification: { cluster_identifier: 'prod', events: ['scale_out'] },
    });
    expect([partitions, by !== '', atMs > 0]).toEqual([32, true, true]);
    expect(parseConfigDocument(JSON.stringify(options), 'x', 'group').faults).toEqual([]);
  });

  test('takes the key root for the group, with the first configuration, in one step', async () => {
    const room = await openFailsafeRoom();
    const { code, out } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
    expect([code, room.json(keys.group)]).toEqual([0, { name: 'blue' }]);
    expect(out.slice(1)).toEqual([
      '  job_scaling_interval: 5 (was not given)',
      '  partitions: 16 (was not given)',
      'No member is alive; whoever joins goes by it.',
    ]);
  });

  test('and says what has changed', async () => {
    const room = await openGroupRoom();
    const options = { job_scaling_interval: 10, nomad: 'http://a:1', log_level: 'info' };
    room.consul.putKey(CONFIG, configText({ options }));
    const path = put('next.json', '{"job_scaling_interval": 5, "nomad": "http://b:1", "log_level": "info"}');
    const { out } = await room.command('configure', '-group=blue', `-input=${path}`);
    expect(out.slice(1)).toEqual([
      '  job_scaling_interval: 5 (was 10)',
      '  nomad: "http://b:1" (was "http://a:1")',
      'No member is alive; whoever joins goes by it.',
    ]);
  });

  test('nothing anew that is stored already', async () => {
    const room = await openGroupRoom();
    room.consul.putKey(CONFIG, configText({ options: { job_scaling_interval: 5 }, partitions: 8 }));
    const before = room.dump();
    const { code, out } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
    expect([code, out[0]]).toEqual([
      0,
      expect.stringMatching(/^Stored already: .*\. Nothing was changed\.$/),
    ]);
    expect(room.dump()).toEqual(before);
  });

  test('and overwrites what the first leader has written, or what cannot be read', async () => {
    for (const text of [configText({ by: 'the first leader' }), '{"options":']) {
      const room = await openGroupRoom();
      room.consul.putKey(CONFIG, text);
      const { code } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
      expect([code, stored(room).options]).toEqual([0, { job_scaling_interval: 5 }]);
    }
  });

  test('looks again when somebody else stores in between', async () => {
    const room = await openGroupRoom();
    room.consul.putKey(CONFIG, configText({ partitions: 4 }));
    const state = { rivals: 2 };
    room.intercept = ({ path }) => {
      if (path === '/v1/txn' && state.rivals-- > 0) room.consul.putKey(CONFIG, configText({ partitions: 8 }));
      return undefined;
    };
    const { code } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
    expect(code).toBe(0);
    expect(stored(room)).toMatchObject({ options: { job_scaling_interval: 5 }, partitions: 8 });
  });

  test('warns whoever leads there alone', async () => {
    const room = await openGroupRoom();
    const stranger = await room.join('a');
    await stranger.lead();
    room.consul.putKey(keys.group, '{"name":"blue"}');
    const fresh = await openFailsafeRoom();
    const session = await fetch(`http://${fresh.address}/v1/session/create`, { method: 'PUT', body: '{}' });
    const { ID } = (await session.json()) as { readonly ID: string };
    await fetch(`http://${fresh.address}/v1/kv/${keys.leader}?acquire=${ID}`, { method: 'PUT', body: '' });
    const warning = expect.stringMatching(/^Somebody holds replicator\/config\/leader: standalone agents/);
    const first = await fresh.command('configure', '-group=blue', `-input=${INTERVAL}`);
    const other = await room.command('configure', '-group=blue', '-wait=0', `-input=${INTERVAL}`);
    expect(first.out).toContainEqual(warning);
    expect(other.out).not.toContainEqual(warning);
  });
});

describe('configure waits for members', () => {
  test('until each has it in force', async () => {
    const room = await openGroupRoom();
    (await room.join('dead')).die();
    for (const id of ['a', 'b']) {
      const member = await room.join(id);
      takeOver(room, (more) => member.say(more));
    }
    const { code, out, err } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
    expect([code, err]).toEqual([0, []]);
    expect(out.slice(-2)).toEqual([
      '2 members are alive and will take it over.',
      'In force at 2 members: a, b.',
    ]);
  });

  test('and names those that have it not in time, exit 1', async () => {
    const room = await openGroupRoom();
    const [a] = [await room.join('a'), await room.join('b')];
    takeOver(room, (more) => a.say(more));
    const flags = ['-group=blue', '-wait=1', '--json', `-input=${INTERVAL}`];
    const { code, out, err } = await room.command('configure', ...flags);
    expect([code, out.map((line) => JSON.parse(line) as unknown)]).toEqual([
      1,
      [
        {
          group: 'blue',
          key_root: keys.root,
          changed: ['job_scaling_interval', 'partitions'],
          partitions: 16,
          acknowledged: ['a'],
          missing: ['b'],
        },
      ],
    ]);
    expect(err.at(-1)).toContain('not in force within 1 s at b; the log there says why');
    expect(stored(room).options).toEqual({ job_scaling_interval: 5 });
  });
});

describe('the number of partitions', () => {
  test.each<[string, readonly string[], number | undefined, number]>([
    ['is 16 where nobody says', [`-input=${INTERVAL}`], undefined, 16],
    ['stays what is stored', [`-input=${INTERVAL}`], 8, 8],
    ['is what the file says', [`-input=${put('eight.hcl', 'partitions = 8')}`], undefined, 8],
    ['is what the flag says', [`-input=${put('9.hcl', 'partitions = 9')}`, '-partitions=10'], undefined, 10],
    ['changes while nobody lives', ['-partitions=32'], 8, 32],
  ])('%s', async (_what, flags, before, after) => {
    const room = await openGroupRoom();
    const options = { log_level: 'debug' };
    if (before !== undefined) room.consul.putKey(CONFIG, configText({ options, partitions: before }));
    const { code } = await room.command('configure', '-group=blue', ...flags);
    expect([code, stored(room).partitions]).toEqual([0, after]);
    const isAlone = !flags.some((flag) => flag.startsWith('-input'));
    expect(stored(room).options['log_level']).toBe(isAlone ? 'debug' : undefined);
  });

  test.each([
    ['what is stored', 8, 0],
    ['what members go by, whatever is stored', 4, 8],
  ])('cannot change while a member is alive: it is %s', async (_what, inStore, atMember) => {
    const room = await openGroupRoom();
    room.consul.putKey(CONFIG, configText({ partitions: inStore }));
    await room.join('a', { partitions: atMember });
    const before = room.dump();
    const { code, err } = await room.command('configure', '-group=blue', '-partitions=32');
    expect([code, err]).toEqual([
      1,
      [
        expect.stringMatching(
          /partitions: is 8 and cannot be 32 while a member of the group blue is alive: stop a /,
        ),
      ],
    ]);
    expect(room.dump()).toEqual(before);
    const same = await room.command('configure', '-group=blue', '-partitions=8', '-wait=0');
    expect(same.err.join()).not.toContain('cannot be');
  });
});

describe('configure without an input', () => {
  test.each([[[]], [['--json']]])('prints what is stored, to be stored again (%j)', async (flags) => {
    const room = await openGroupRoom();
    const options = { job_scaling_interval: 5, telemetry: { statsd_address: 'a:1' } };
    room.consul.putKey(CONFIG, configText({ options, partitions: 8, by: 'the first leader' }));
    await room.join('a', { configSeen: room.indexOf(CONFIG), partitions: 8 });
    await room.join('b');
    const { code, out, err } = await room.command('configure', '-group=blue', ...flags);
    expect(code).toBe(0);
    expect(JSON.parse(out.join('\n'))).toEqual({ ...options, partitions: 8 });
    expect(out.length > 1).toBe(flags.length === 0);
    expect(err).toEqual([
      'Stored for the group blue by the first leader at 1970-01-01T00:00:00Z; in force at 1 of 2.',
    ]);
    const path = put('again.json', out.join('\n'));
    const again = await room.command('configure', '-group=blue', '-wait=0', `-input=${path}`);
    expect(again.out[0]).toMatch(/^Stored already/);
  });

  test.each([
    ['nothing is stored', undefined, 'nothing is stored for the group blue'],
    ['it cannot be read', '{"options":{}}', `${CONFIG}: partitions cannot be read`],
  ])('fails when %s', async (_what, text, line) => {
    const room = await openGroupRoom();
    if (text !== undefined) room.consul.putKey(CONFIG, text);
    const { code, out, err } = await room.command('configure', '-group=blue');
    expect([code, out, err]).toEqual([1, [], [expect.stringContaining(line)]]);
  });
});

describe('configure refuses', () => {
  test('secrets and what may not be stored, each with its reason, all at once; nothing is written', async () => {
    const path = put(
      'bad.hcl',
      `consul_token = "hush"
      nomad_token_file = "/run/hush"
      http_port = 3
      partitions = 2000
      job_scaling_intervall = 5
      notification { slack_webhook_url = "http://hush" }`,
    );
    for (const flags of [['-group=blue'], ['-check']]) {
      const room = await openFailsafeRoom();
      const { code, out, err } = await room.command('configure', ...flags, `-input=${path}`);
      expect([code, out]).toEqual([1, []]);
      const secret = "is a secret: it cannot be stored for a group and stays in each member's files";
      expect(err).toEqual([
        expect.stringMatching(`^${path}:1: consul_token: ${secret}`),
        expect.stringMatching(`^${path}:2: nomad_token_file: ${secret}`),
        expect.stringMatching(`^${path}:3: http_port: cannot be stored for a group: it stays in each`),
        `${path}:4: partitions: must be from 1 to 1024, not 2000`,
        `${path}:5: job_scaling_intervall: unknown key; did you mean job_scaling_interval?`,
        expect.stringMatching(`^${path}:6: slack_webhook_url: ${secret}`),
      ]);
      expect(err.join()).not.toContain('hush"');
      expect(room.dump()).toEqual({});
    }
  });

  test.each([
    ['no group', [`-input=${INTERVAL}`], 'give -group: the name of the group'],
    ['another group', ['-group=green', `-input=${INTERVAL}`], 'belongs to the group blue, not to green'],
    ['another group, to print', ['-group=green'], 'belongs to the group blue, not to green'],
    ['a file that is not there', ['-group=blue', '-input=/nowhere'], '/nowhere: no such file or directory'],
    ['a folder', ['-group=blue', `-input=${folder}`], 'is a directory'],
    ['a check of nothing', ['-check'], '-check needs -input'],
    [
      'a number of partitions that is none',
      ['-group=blue', '-partitions=0'],
      'must be from 1 to 1024, not 0',
    ],
  ])('%s, in one line', async (_what, flags, line) => {
    const room = await openGroupRoom();
    const before = room.dump();
    const { code, out, err } = await room.command('configure', ...flags);
    expect([code, out, err[0]]).toEqual([1, [], expect.stringContaining(line)]);
    expect(room.dump()).toEqual(before);
  });

  test('a key root that names nothing that can be read', async () => {
    const room = await openGroupRoom();
    room.consul.putKey(keys.group, '{}');
    const { code, err } = await room.command('configure', '-group=blue', `-input=${INTERVAL}`);
    expect([code, err]).toEqual([1, [expect.stringContaining('name cannot be read; mend or delete it')]]);
  });
});

test('configure -check needs neither a group nor Consul', async () => {
  const room = await openFailsafeRoom();
  room.intercept = () => ({ status: 500, headers: {}, body: 'asked' });
  const { code, out, err } = await room.command('configure', '-check', `-input=${INTERVAL}`);
  expect([code, out, err]).toEqual([0, [`${INTERVAL}: can be stored for a group.`], []]);
});
