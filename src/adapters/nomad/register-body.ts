import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import { WireFault } from './json.ts';

/**
 * The body that registers a job again: the job exactly as it was read, digits and unknown members
 * included, but for one group's Count, and only if its JobModifyIndex is still that of what was read.
 */
export function registerBody(jobText: string, group: string, count: number): string {
  const job = parse(jobText);
  if (!isRecord(job) || !isLosslessNumber(job['JobModifyIndex'])) {
    throw new WireFault('the job has no JobModifyIndex');
  }
  const groups = Array.isArray(job['TaskGroups']) ? job['TaskGroups'] : [];
  const target: unknown = groups.find((entry: unknown) => isRecord(entry) && entry['Name'] === group);
  if (!isRecord(target)) throw new WireFault(`the job has no group ${group}`);
  target['Count'] = new LosslessNumber(String(count));
  const body = stringify({ Job: job, EnforceIndex: true, JobModifyIndex: job['JobModifyIndex'] });
  if (body === undefined) throw new WireFault('the job cannot be written as JSON');
  return body;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
