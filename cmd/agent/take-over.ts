import type { Emit } from '../../src/agent/events.ts';
import { formatFault } from '../../src/config/fault.ts';
import type { StoredOptions } from '../../src/domain/group/group-config-document.ts';
import type { Say } from './announce.ts';
import type { LiveConfig, Taken } from './live-config.ts';

type Ok = Extract<Taken, { readonly kind: 'ok' }>;

/** What a configuration that has changed is brought to. */
export interface TakeOver {
  readonly live: LiveConfig;
  readonly say: Say;
  readonly emit: Emit;
  /** The settings of the rounds, the log and whatever is read anew each time. */
  readonly settle: () => void;
  /** The agent is to be started anew within the process. */
  readonly renewAgent: () => void;
  /** What tells of the agent is to be made anew. */
  readonly renewTelling: () => void;
}

/** SIGHUP: an invalid configuration changes nothing; keys that need a restart of the process are named. */
export async function reload(over: TakeOver): Promise<void> {
  const taken = await over.live.reload();
  if (taken.kind === 'ok') return took(over, taken);
  taken.faults.forEach((fault) => over.say('error', formatFault(fault)));
  over.say('error', 'reload refused: the configuration stays as it is');
}

/** Answers what is wrong with the group's stored options; then everything stays as it is. */
export function takeStored(over: TakeOver, options: StoredOptions | undefined): readonly string[] {
  const taken = over.live.takeStored(options);
  if (taken.kind === 'faults') {
    return taken.faults.map(({ key, message }) => (key === undefined ? message : `${key}: ${message}`));
  }
  if (taken.changed.length + taken.overridden.length > 0) took(over, taken);
  return [];
}

function took(over: TakeOver, { changed, overridden }: Ok): void {
  const { say } = over;
  over.settle();
  over.emit({ kind: 'settings-changed', keys: changed.map((row) => row.key) });
  if (changed.some((row) => row.renews === 'agent')) over.renewAgent();
  if (changed.some((row) => row.renews === 'telling')) over.renewTelling();
  const inert = changed.filter((row) => row.needsRestart === true).map((row) => row.key);
  if (inert.length > 0) say('warn', `needs a restart to take effect: ${inert.join(', ')}`);
  if (overridden.length === 0) return;
  say('warn', `what is stored for the group counts, not what is given here: ${overridden.join(', ')}`);
}
