import { describe, expect, test } from 'vitest';
import type { AgentChild } from '../../../cmd/demo/agent-child.ts';
import { createCrew } from '../../../cmd/demo/crew.ts';

/** A crew whose processes end when they are told to, or when the test has them die. */
function startCrew(...ids: readonly string[]) {
  const done: string[] = [];
  const deaths = new Map<string, () => void>();
  const launch = (id: string): AgentChild => {
    done.push(`launch ${id}`);
    let end = (_why: string): void => undefined;
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const endBy = (signal: string) => async (): Promise<void> => {
      done.push(`${signal} ${id}`);
      end(`${id} was ended by ${signal}`);
    };
    deaths.set(id, () => end(`${id} ended with exit code 3`));
    return { pid: 1, ended, lastWords: ['alas'], stop: endBy('SIGTERM'), kill: endBy('SIGKILL') };
  };
  const ordered = (id: string, post: string): void => void done.push(`${id} is ${post}`);
  const crew = createCrew({ ids, launch, ordered });
  return { crew, die: (id: string) => deaths.get(id)?.(), done: () => done.splice(0) };
}

describe('a crew', () => {
  test('starts its first, then each other one once', () => {
    const { crew, done } = startCrew('a', 'b', 'c');
    crew.startFirst();
    expect([crew.post('a'), crew.post('b')]).toEqual(['running', 'waiting']);
    crew.startWaiting();
    crew.startWaiting();
    expect(done().filter((what) => what.startsWith('launch'))).toEqual(['launch a', 'launch b', 'launch c']);
  });

  test('ends one as it is told to, says so before, and starts it again', async () => {
    const { crew, done } = startCrew('a', 'b');
    crew.startFirst();
    crew.startWaiting();
    done();
    await crew.kill('a');
    await crew.end('b');
    expect([crew.post('a'), crew.post('b')]).toEqual(['killed', 'stopped']);
    crew.startWaiting();
    await crew.start('a');
    expect(done()).toEqual([
      'a is killed',
      'SIGKILL a',
      'b is stopped',
      'SIGTERM b',
      'a is running',
      'launch a',
    ]);
  });

  test('refuses to end who does not run, and to start who does', async () => {
    const { crew } = startCrew('a', 'b');
    crew.startFirst();
    await expect(crew.kill('b')).rejects.toThrow('b does not run');
    await expect(crew.start('a')).rejects.toThrow('a runs already');
    await crew.end('a');
    await expect(crew.end('a')).rejects.toThrow('a does not run');
  });

  test('has lost who ended by itself, and nobody who was ended', async () => {
    const { crew, die } = startCrew('a', 'b');
    crew.startFirst();
    crew.startWaiting();
    await crew.kill('a');
    die('b');
    expect(await crew.lost).toEqual({ why: 'b ended with exit code 3', lastWords: ['alas'] });
  });

  test('ends all when it is closed, and starts nobody afterwards', async () => {
    const { crew, done } = startCrew('a', 'b');
    crew.startFirst();
    crew.startWaiting();
    await crew.kill('a');
    done();
    await crew.close();
    await crew.start('a');
    crew.startWaiting();
    expect(done()).toEqual(['SIGTERM a', 'SIGTERM b']);
  });
});
