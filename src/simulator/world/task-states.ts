import type { ClientStatus, TaskEvent, TaskState } from './types.ts';

const EVENTS_KEPT = 10;

export const NEW_TASK: TaskState = {
  state: 'pending',
  failed: false,
  restarts: 0,
  lastRestartNs: null,
  startedAtNs: null,
  finishedAtNs: null,
  events: [],
};

/** An event of a task with what is particular to it. */
export function taskEvent(
  type: string,
  timeNs: bigint,
  more: Partial<TaskEvent> & { readonly message: string },
): TaskEvent {
  return { type, timeNs, details: {}, exitCode: 0, signal: 0, failsTask: false, ...more };
}

/** The state with an event added, the oldest dropped. */
export function withEvents(state: TaskState, ...events: readonly TaskEvent[]): TaskState {
  return { ...state, events: [...state.events, ...events].slice(-EVENTS_KEPT) };
}

/** What the states of its tasks make of an allocation. */
export function clientStatusOf(states: readonly TaskState[]): ClientStatus {
  if (states.some((state) => state.state === 'dead' && state.failed)) return 'failed';
  if (states.some((state) => state.state === 'running')) return 'running';
  const isOver = states.length > 0 && states.every((state) => state.state === 'dead');
  return isOver ? 'complete' : 'pending';
}

const DESCRIPTIONS: Readonly<Record<ClientStatus, string>> = {
  pending: 'No tasks have started',
  running: 'Tasks are running',
  complete: 'All tasks have completed',
  failed: 'Failed tasks',
  lost: '',
};

export function clientDescription(status: ClientStatus): string {
  return DESCRIPTIONS[status];
}

export function received(timeNs: bigint): TaskState {
  return withEvents(
    NEW_TASK,
    taskEvent('Received', timeNs, { message: 'Task received by client' }),
    taskEvent('Task Setup', timeNs + 3_900_000n, {
      message: 'Building Task Directory',
      details: { message: 'Building Task Directory' },
    }),
  );
}

export function started(state: TaskState, timeNs: bigint): TaskState {
  return withEvents(
    { ...state, state: 'running', startedAtNs: timeNs },
    taskEvent('Started', timeNs, { message: 'Task started by client' }),
  );
}

/** A task that was told to stop and did. */
export function killed(state: TaskState, timeNs: bigint, killTimeoutMs: number): TaskState {
  const seconds = `${killTimeoutMs / 1000}s`;
  return withEvents(
    { ...state, state: 'dead', finishedAtNs: timeNs },
    taskEvent('Killing', timeNs - 40_000_000n, {
      message: `Sent interrupt. Waiting ${seconds} before force killing`,
      details: { kill_timeout: seconds },
    }),
    taskEvent('Terminated', timeNs - 2_000_000n, {
      message: 'Exit Code: 130, Signal: 2',
      details: { exit_code: '130', signal: '2', oom_killed: 'false' },
      exitCode: 130,
      signal: 2,
    }),
    taskEvent('Killed', timeNs, { message: 'Task successfully killed' }),
  );
}

export function terminated(state: TaskState, timeNs: bigint, code: number): TaskState {
  const message =
    code === 0 ? 'Exit Code: 0' : `Exit Code: ${code}, Exit Message: "Task exited with code ${code}"`;
  return withEvents(
    { ...state, finishedAtNs: timeNs },
    taskEvent('Terminated', timeNs, {
      message,
      details: { exit_code: String(code), signal: '0', oom_killed: 'false' },
      exitCode: code,
    }),
  );
}

export function driverFailure(state: TaskState, timeNs: bigint, text: string): TaskState {
  return withEvents(
    { ...state, finishedAtNs: timeNs },
    taskEvent('Driver Failure', timeNs, { message: text, details: { driver_error: text } }),
  );
}

export function restarting(state: TaskState, timeNs: bigint, delayMs: number): TaskState {
  const seconds = `${Math.round(delayMs / 1000)}s`;
  return withEvents(
    { ...state, state: 'pending', restarts: state.restarts + 1, lastRestartNs: timeNs },
    taskEvent('Restarting', timeNs, {
      message: `Task restarting in ${seconds}`,
      details: { start_delay: String(Math.round(delayMs * 1e6)), restart_reason: 'Restart within policy' },
    }),
  );
}

export function notRestarting(state: TaskState, timeNs: bigint, attempts: number): TaskState {
  const reason = `Exceeded allowed attempts ${attempts} in interval and mode is "fail"`;
  return withEvents(
    { ...state, state: 'dead', failed: true, finishedAtNs: state.finishedAtNs ?? timeNs },
    taskEvent('Not Restarting', timeNs, {
      message: reason,
      details: { restart_reason: reason, fails_task: 'true' },
      failsTask: true,
    }),
  );
}
