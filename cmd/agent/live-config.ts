import type { AgentSettings } from '../../src/agent/settings.ts';
import { findChangedOptions } from '../../src/config/changed-options.ts';
import type { ConfigFault } from '../../src/config/fault.ts';
import type { OptionRow } from '../../src/config/options/row.ts';
import type { StoredOptions } from '../../src/domain/group/group-config-document.ts';
import {
  type ConfigSources,
  findOverridden,
  type LoadedConfig,
  loadConfig,
  type LoadResult,
  loadStored,
} from '../load-config.ts';

/** The configuration in force: what a reload and the group's stored options may change. */
export interface LiveConfig {
  loaded(): LoadedConfig;
  settings(): AgentSettings;
  /** Reads flags, files and environment anew. With faults nothing changes. */
  reload(): Promise<Taken>;
  /** Takes over what is stored for the group, undefined for nothing. With faults nothing changes. */
  takeStored(options: StoredOptions | undefined): Taken;
}

/** What was wrong, else what has changed and which local values the group's count for. */
export type Taken =
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] }
  | { readonly kind: 'ok'; readonly changed: readonly OptionRow[]; readonly overridden: readonly string[] };

/** `storedName` says where the group's options stand. */
export function createLiveConfig(of: {
  readonly first: LoadedConfig;
  readonly sources: ConfigSources;
  readonly storedName: string;
  readonly settingsOf: (loaded: LoadedConfig) => AgentSettings;
}): LiveConfig {
  const live: Live = {
    local: of.first,
    loaded: of.first,
    settings: of.settingsOf(of.first),
    stored: undefined,
  };
  const withStored = (local: LoadedConfig, stored: StoredOptions | undefined): LoadResult =>
    stored === undefined
      ? { kind: 'ok', ...local }
      : loadStored(local.local, { name: of.storedName, text: JSON.stringify(stored) });
  const take = (local: LoadedConfig, stored: StoredOptions | undefined): Taken => {
    const next = withStored(local, stored);
    if (next.kind === 'faults') return next;
    const changed = findChangedOptions(live.loaded.given, next.given);
    Object.assign(live, { local, stored, loaded: next, settings: of.settingsOf(next) });
    return { kind: 'ok', changed, overridden: findOverridden(local.local, next) };
  };
  return {
    loaded: () => live.loaded,
    settings: () => live.settings,
    reload: async () => {
      const local = await loadConfig(of.sources);
      return local.kind === 'faults' ? local : take(local, live.stored);
    },
    takeStored: (options) => take(live.local, options),
  };
}

interface Live {
  /** Without what is stored. */
  local: LoadedConfig;
  loaded: LoadedConfig;
  settings: AgentSettings;
  stored: StoredOptions | undefined;
}
