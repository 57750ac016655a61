import { writeJson } from '../json-text.ts';
import { rfc3339 } from '../world/time.ts';
import { cachedText } from './text-cache.ts';
import type { Json } from '../json-text.ts';
import type { TaskEvent, TaskState } from '../world/types.ts';

/** The states of an allocation's tasks, as allocations and their stubs carry them. */
export const taskStatesText = cachedText((states: Readonly<Record<string, TaskState>>): string => {
  const members = Object.entries(states).map(
    ([name, state]) => `${JSON.stringify(name)}:${taskStateText(state)}`,
  );
  return `{${members.join(',')}}`;
});

const taskStateText = cachedText((state: TaskState): string =>
  writeJson({
    Events: state.events.map(eventJson),
    Failed: state.failed,
    FinishedAt: timeOrNull(state.finishedAtNs),
    LastRestart: timeOrNull(state.lastRestartNs),
    Restarts: state.restarts,
    StartedAt: timeOrNull(state.startedAtNs),
    State: state.state,
  }),
);

function timeOrNull(ns: bigint | null): string | null {
  return ns === null ? null : rfc3339(ns);
}

function eventJson(event: TaskEvent): Json {
  const { details, type } = event;
  return {
    Details: details,
    DiskLimit: 0,
    DisplayMessage: event.message,
    DownloadError: '',
    DriverError: details['driver_error'] ?? '',
    DriverMessage: '',
    ExitCode: event.exitCode,
    FailedSibling: '',
    FailsTask: event.failsTask,
    GenericSource: '',
    KillError: '',
    KillReason: '',
    KillTimeout: 0,
    Message: details['message'] ?? '',
    RestartReason: details['restart_reason'] ?? '',
    SetupError: '',
    Signal: event.signal,
    StartDelay: Number(details['start_delay'] ?? 0),
    TaskSignal: '',
    TaskSignalReason: '',
    Time: event.timeNs,
    Type: type,
    ValidationError: '',
    VaultError: '',
  };
}
