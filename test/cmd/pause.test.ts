import { describe, expect, test } from 'vitest';
import { toConfirming } from '../../src/domain/group-operation.ts';
import { encodeGroupOperation } from '../../src/domain/operation-document.ts';
import { anOperation } from '../domain/build.ts';
import { openFailsafeRoom, putStates, stateText } from './failsafe-room.ts';
import { type GroupRoom, keys, openGroupRoom } from './group-room.ts';

const ref = { namespace: 'default', jobId: 'web', group: 'api' };
const OPERATION = keys.groupOperation(ref);
const requested = anOperation({ phase: 'requested' });
const confirming = toConfirming(requested, { modifyIndex: 9, evaluationId: 'e' }, 0);

/** As an agent does: acknowledges as soon as it sees the flag. */
async function heed(room: GroupRoom, ids: readonly string[]): Promise<void> {
  const members = await Promise.all(ids.map((id) => room.join(id)));
  const before = room.indexOf(keys.paused);
  const look = async (): Promise<void> => {
    const index = room.indexOf(keys.paused);
    if (index === before) setTimeout(() => void look(), 10);
    else await Promise.all(members.map((one) => one.say({ pausedSeen: index })));
  };
  void look();
}

describe('pause of a group', () => {
  test('returns when every member that is alive has acknowledged this very pause', async () => {
    const room = await openGroupRoom();
    (await room.join('dead')).die();
    await heed(room, ['a', 'b']);
    const { code, out, err } = await room.command('pause', '-group=blue');
    expect([code, err]).toEqual([0, []]);
    expect(out).toEqual([
      `Paused: the group blue, in the Consul at http://${room.address}.`,
      'Acknowledged by a, b.',
      'Nothing is sent to Nomad and AWS any more.',
    ]);
    expect(room.json(keys.paused)).toMatchObject({ set: true, reason: 'replicator pause' });
  });

  test('names those who have not acknowledged in time, exit 1; an older acknowledgement is none', async () => {
    const room = await openGroupRoom();
    const [a, c] = [await room.join('a'), await room.join('c')];
    await a.say({ pausedSeen: 1 });
    await c.say({ pausedSeen: 1_000_000 });
    const { code, out, err } = await room.command('pause', '-group=blue', '-wait=0');
    expect(code).toBe(1);
    expect(out).toContain('Acknowledged by c.');
    expect(out).not.toContain('Nothing is sent to Nomad and AWS any more.');
    expect(err).toEqual([expect.stringContaining('not acknowledged within 0 s by a, which may still be')]);
    expect(room.json(keys.paused)).toMatchObject({ set: true });
  });

  test('waits as long as it is told to for a member whose document cannot be read', async () => {
    const room = await openGroupRoom();
    await room.join('a', { id: 'no id!' });
    const startedMs = performance.now();
    const { code, err } = await room.command('pause', '-group=blue', '-wait=1');
    expect([code, err]).toEqual([1, [expect.stringContaining('within 1 s by a,')]]);
    expect(performance.now() - startedMs).toBeGreaterThan(950);
  });

  test('asked again, changes nothing and waits for the same pause', async () => {
    const room = await openGroupRoom();
    await heed(room, ['a']);
    await room.command('pause', '-group=blue');
    const before = room.dump();
    const { code, out, err } = await room.command('pause', '-group=blue', '--json');
    expect(code).toBe(0);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        group: 'blue',
        key_root: keys.root,
        paused: true,
        changed: false,
        acknowledged: ['a'],
        missing: [],
      },
    ]);
    expect(err[0]).toMatch(/^Paused already by .+ at .+: the group blue\.$/);
    expect(room.dump()).toEqual(before);
  });

  test('a member that dies meanwhile is not waited for any longer', async () => {
    const room = await openGroupRoom();
    const a = await room.join('a');
    setTimeout(() => a.die(), 300);
    const { code, out } = await room.command('pause', '-group=blue');
    expect(code).toBe(0);
    expect(out).toContain('No member is alive; whoever joins heeds it.');
  });

  test('says so when somebody resumes meanwhile', async () => {
    const room = await openGroupRoom();
    await room.join('a');
    room.intercept = ({ method, path }) => {
      const isRead = method === 'GET' && decodeURIComponent(path).endsWith('/paused');
      const isSet = room.consul.key(keys.paused)?.text.includes('"set":true') === true;
      if (isRead && isSet) room.consul.putKey(keys.paused, '{"set":false}');
      return undefined;
    };
    const { code, err } = await room.command('pause', '-group=blue', '-wait=1');
    expect([code, err]).toEqual([1, [expect.stringContaining('somebody has resumed it meanwhile')]]);
  });
});

describe('resume of a group', () => {
  test('resets the flag, waits until members know, and says what is in failsafe mode all the same', async () => {
    const room = await openGroupRoom();
    await heed(room, ['a']);
    await room.command('pause', '-group=blue');
    room.consul.putKey(keys.failsafe, '{"set":true}');
    room.consul.putKey(keys.poolState('big'), stateText(keys.poolState('big'), { failsafeMode: true }));
    const { code, out, err } = await room.command('resume', '-group=blue', '-wait=0');
    expect([code, err]).toEqual([1, [expect.stringContaining('not acknowledged within 0 s by a (')]]);
    expect(out.slice(1)).toEqual([
      'Failsafe mode for everything is set: nothing is scaled until that is reset.',
      'In failsafe mode: worker pool big.',
    ]);
    expect(room.json(keys.paused)).toMatchObject({ set: false, reason: 'replicator resume' });
  });

  test('of one that is not paused changes nothing', async () => {
    const room = await openGroupRoom();
    await room.join('a', { pausedSeen: 7 });
    const before = room.dump();
    const { code, out } = await room.command('resume', '-group=blue', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ paused: false, changed: false });
    expect(room.dump()).toEqual(before);
  });
});

describe('pause without a group', () => {
  test.each([
    ['nothing is under way', undefined],
    ['a call has been answered', encodeGroupOperation(confirming)],
  ])('returns at once when %s', async (_what, operation) => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/api');
    if (operation !== undefined) room.consul.putKey(OPERATION, operation);
    const { code, out, err } = await room.command('pause');
    expect([code, err]).toEqual([0, []]);
    expect(out.at(-1)).toBe('Nothing is sent to Nomad and AWS any more.');
    expect(room.json(keys.paused)).toMatchObject({ set: true });
  });

  test('names what may still be sent when it is not waited for', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(OPERATION, encodeGroupOperation(requested));
    const { code, out, err } = await room.command('pause', '-wait=1');
    expect(code).toBe(1);
    expect(out).toContain('Written; waiting until no agent is about to send: task group web/api (requested)');
    expect(err).toEqual([
      expect.stringContaining('may still be sent, not over within 1 s: task group web/api (requested)'),
    ]);
  });

  test('and resume of it', async () => {
    const room = await openFailsafeRoom();
    await room.command('pause');
    const { code, out } = await room.command('resume');
    expect([code, out]).toEqual([
      0,
      [`Resumed: everything below ${keys.root}, in the Consul at http://${room.address}.`],
    ]);
    expect(room.json(keys.paused)).toMatchObject({ set: false });
  });
});

describe('pause and resume are refused, and change nothing,', () => {
  test.each([
    ['without the group whose key root it is', [], /belongs to the group blue: give -group=blue/],
    ['for another group', ['-group=green'], /belongs to the group blue, not to green/],
    ['with a group without a name', ['-group='], /-group: needs a value/],
    ['with a group of an odd name', ['-group=a/b'], /-group: must be up to 64 letters/],
    ['with a wait that is no number', ['-group=blue', '-wait=x'], /-wait: must be a whole number of seconds/],
  ])('%s', async (_what, flags, line) => {
    const room = await openGroupRoom();
    const before = room.dump();
    for (const command of ['pause', 'resume']) {
      const { code, out, err } = await room.command(command, ...flags);
      expect([code, out]).toEqual([1, []]);
      expect(err[0]).toMatch(line);
    }
    expect(room.dump()).toEqual(before);
  });

  test('where the key root belongs to no group', async () => {
    const room = await openFailsafeRoom();
    const { code, err } = await room.command('pause', '-group=blue');
    expect([code, err[0]]).toEqual([1, expect.stringContaining('belongs to no group: replicator configure')]);
  });

  test.each([
    [keys.group, '{"name":"a/b"}', /group: name cannot be read; mend or delete it/],
    [keys.paused, '{"set":1}', /paused: the flag cannot be read and is left as it is/],
  ])('where %s cannot be read', async (key, text, line) => {
    const room = await openGroupRoom();
    room.consul.putKey(key, text);
    const { code, err } = await room.command('pause', '-group=blue');
    expect([code, err[0]]).toEqual([1, expect.stringMatching(line)]);
    expect(room.consul.key(key)?.text).toBe(text);
  });
});
