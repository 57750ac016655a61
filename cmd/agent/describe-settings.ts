import type { Config } from '../../src/config/config.ts';
import type { GivenValue } from '../../src/config/contents.ts';
import { OPTIONS } from '../../src/config/options.ts';
import type { OptionRow } from '../../src/config/options/row.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Source } from '../../src/config/setting.ts';
import type { SettingStatus } from '../../src/ports/status-view.ts';

/** Every option of an agent as it stands, and where its value comes from. Secrets show as `(redacted)`. */
export function describeSettings(given: ReadonlyMap<string, GivenValue>): readonly SettingStatus[] {
  return OPTIONS.filter(({ section }) => section !== 'Command').map((row) =>
    settingOf(row, given.get(row.key)),
  );
}

function settingOf(row: OptionRow, given: GivenValue | undefined): SettingStatus {
  const value = given ? given.value : row.default;
  return {
    key: row.key,
    value: value instanceof Secret ? value.toString() : value,
    from: given?.source.from ?? 'default',
    where: given ? whereOf(given.source) : '',
  };
}

function whereOf(source: Source): string {
  return source.from === 'file' ? `${source.file}:${source.line}` : source.name;
}

/** What an agent of this configuration does not do, one sentence each. */
export function describeOff(config: Config, clusterScalingDisabled: boolean): readonly string[] {
  const { jobScalingDisabled, httpToken, nomad, telemetry, notification } = config;
  const { pagerdutyServiceKey, opsgenieServiceKey, slackWebhookUrl, webhookUrl } = notification;
  const isNotifying = [pagerdutyServiceKey, opsgenieServiceKey, slackWebhookUrl, webhookUrl].some(Boolean);
  return [
    ...(jobScalingDisabled ? ['jobs are not scaled: job_scaling_disable is true'] : []),
    ...(config.clusterScalingDisabled
      ? ['worker pools are not scaled: cluster_scaling_disable is true']
      : []),
    ...(clusterScalingDisabled && !config.clusterScalingDisabled
      ? [`worker pools are not scaled: nomad_namespace is ${nomad.namespace}, and other work is not seen`]
      : []),
    ...(httpToken === undefined ? ['nothing can be changed over HTTP: there is no http_token'] : []),
    ...(telemetry.statsd === undefined ? ['no statsd: statsd_address is not set'] : []),
    ...(isNotifying ? [] : ['nobody is notified: there is no notification block']),
  ];
}
