import { METRICS } from './metric-table.ts';
import { NOTICE_EVENTS, NOTICE_REASONS } from './notice-table.ts';
import { STATSD_COUNTERS } from './statsd-counters.ts';

/** What every metric of Prometheus begins with. */
export const METRIC_PREFIX = 'replicator_';

/** The metrics as a Markdown table, for `docs/telemetry.md`. */
export function metricDoc(): string {
  const rows = METRICS.map(({ name, kind, labels, meaning }) => {
    const names = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${METRIC_PREFIX}${name}\` | ${kind} | ${names} | ${meaning} |`;
  });
  return ['| metric | kind | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The statsd counters as a Markdown table. */
export function statsdDoc(): string {
  const rows = STATSD_COUNTERS.map(
    ({ name, meaning }) => `| \`replicator.${name.replaceAll('|', '\\|')}\` | ${meaning} |`,
  );
  return ['| counter | counts |', '| --- | --- |', ...rows].join('\n');
}

/** What is notified, as a Markdown table. */
export function noticeDoc(): string {
  const rows = Object.entries(NOTICE_REASONS).map(([reason, { event, severity, meaning, ends }]) => {
    const when = NOTICE_EVENTS.some((one) => one === event) ? `\`${event}\`` : 'always';
    return `| \`${reason}\` | ${when} | ${severity} | ${meaning} | ${ends} |`;
  });
  const head = [
    '| reason | in `events` | severity | told when | resolved when |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [...head, ...rows].join('\n');
}
