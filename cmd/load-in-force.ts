import { decodeGroupConfig } from '../src/domain/group/group-config-document.ts';
import { keysBelow } from '../src/domain/keys.ts';
import { isPortError, PortError } from '../src/ports/port-error.ts';
import { type LoadedConfig, loadStored, type LoadResult } from './load-config.ts';
import { wireConsul } from './wire-consul.ts';

/** A configuration as agents have it: with what is stored for their group, if they are to form one. Throws PortError. */
export async function loadInForce(loaded: LoadedConfig): Promise<LoadResult> {
  const { group, consul } = loaded.config;
  if (!group) return { kind: 'ok', ...loaded };
  const key = keysBelow(consul.keyRoot).groupConfig(group.name);
  const { coordination, close } = await wireConsul(consul);
  try {
    const { entries } = await coordination.readKey(key, 0, new AbortController().signal);
    const [entry] = entries;
    if (!entry) return { kind: 'ok', ...loaded };
    const reading = decodeGroupConfig(entry.value);
    if (!reading.ok) throw unreadable(key, reading.fault);
    return loadStored(loaded.local, { name: `consul:${key}`, text: JSON.stringify(reading.value.options) });
  } finally {
    await close();
  }
}

/** The same for a look that goes on without: what is stored is left out where it cannot be had. */
export async function tryLoadInForce(loaded: LoadedConfig): Promise<LoadedConfig> {
  try {
    const result = await loadInForce(loaded);
    return result.kind === 'ok' ? result : loaded;
  } catch (error) {
    if (!isPortError(error)) throw error;
    return loaded;
  }
}

function unreadable(key: string, fault: string): PortError {
  return new PortError('invalid', { service: 'consul', doing: `read ${key}`, text: fault });
}
