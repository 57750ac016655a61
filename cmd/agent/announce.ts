import { OPTIONS } from '../../src/config/options.ts';
import { NOTICE_WORDS, strangeNoticeWords } from '../../src/domain/notice-table.ts';
import type { LoadedConfig } from '../load-config.ts';
import { readVersion } from '../version.ts';
import { seesAllWork } from './settings.ts';

/** Says something at a level, as the command. */
export type Say = (level: 'info' | 'warn' | 'error', message: string) => void;

/** What an agent says of its configuration when it starts. */
export function announce(say: Say, { config, given }: LoadedConfig): void {
  say('info', `running version ${readVersion()}`);
  say(
    'info',
    `Nomad at ${config.nomad.url}, Consul at ${config.consul.url}, key root ${config.consul.keyRoot}`,
  );
  say('info', `job scaling is ${config.jobScalingDisabled ? 'disabled' : 'enabled'}`);
  say('info', `cluster scaling is ${config.clusterScalingDisabled ? 'disabled' : 'enabled'}`);
  if (!config.clusterScalingDisabled && config.nomad.namespace !== '*') {
    const effect = seesAllWork(config) ? 'pools are judged without the work of others' : 'no pool is scaled';
    say('warn', `nomad_namespace is ${config.nomad.namespace}: ${effect}; "*" sees all namespaces`);
  }
  const strange = strangeNoticeWords(config.notification.events);
  if (strange.length > 0) {
    say('warn', `events: ${strange.join(', ')}: no such event; there are ${NOTICE_WORDS.join(', ')}`);
  }
  const idle = OPTIONS.filter((row) => row.isIdle === true && given.has(row.key)).map((row) => row.key);
  if (idle.length > 0) say('warn', `no effect in this version: ${idle.join(', ')}`);
}
