import { asArray, asNumber, asText } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import type { TaskSpec } from './job-types.ts';

/** What the task's program does: runs until stopped, ends by itself, or cannot be started. */
export type Behaviour =
  | { readonly kind: 'runs' }
  | { readonly kind: 'exits'; readonly afterMs: number; readonly code: number }
  | { readonly kind: 'fails-to-start'; readonly message: string };

const SCRIPT = /^(?:(?:exec )?(?:\/bin\/)?sleep ([\d.]+))?(?:\s*;\s*)?(?:exit (\d+))?$/;
const FOREVER_S = 50_000;

/** Reads from the task's own configuration what its program would do; what it cannot tell runs on. */
export function behaviourOf(task: TaskSpec): Behaviour {
  if (task.driver === 'mock_driver') return mockBehaviour(task);
  const command = asText(task.config['command']);
  const args = asArray(task.config['args']).map((item) => asText(item));
  if (command.endsWith('/false')) return { kind: 'exits', afterMs: 0, code: 1 };
  if (command.endsWith('/true')) return { kind: 'exits', afterMs: 0, code: 0 };
  if (command.endsWith('/sleep')) return sleeps(Number(args[0]), 0);
  const image = asText(task.config['image']);
  if (image.startsWith('missing/')) {
    return { kind: 'fails-to-start', message: `Failed to pull \`${image}\`: API error (404): not found` };
  }
  return scriptBehaviour(args[0] === '-c' ? args[1] : undefined);
}

function scriptBehaviour(script: string | undefined): Behaviour {
  const match = script === undefined || script === '' ? null : SCRIPT.exec(script.trim());
  if (!match) return { kind: 'runs' };
  return sleeps(Number(match[1] ?? 0), Number(match[2] ?? 0));
}

function sleeps(seconds: number, code: number): Behaviour {
  if (!(seconds < FOREVER_S)) return { kind: 'runs' };
  return { kind: 'exits', afterMs: seconds * 1000, code };
}

function mockBehaviour({ config }: TaskSpec): Behaviour {
  const startError = asText(config['start_error']);
  if (startError !== '') return { kind: 'fails-to-start', message: startError };
  const runFor = durationMs(config['run_for']);
  return runFor === undefined
    ? { kind: 'runs' }
    : { kind: 'exits', afterMs: runFor, code: asNumber(config['exit_code']) };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationMs(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value / 1e6;
  const match = /^([\d.]+)(ms|s|m|h)$/.exec(asText(value));
  return match ? Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 1) : undefined;
}
