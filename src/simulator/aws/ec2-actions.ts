import { noInstances } from './cloud.ts';
import { CloudRefusal } from './cloud-refusal.ts';
import { checkFilters, matches } from './ec2-filters.ts';
import { reservationXml, stateXml, statusXml } from './ec2-xml.ts';
import { pageOf } from './paging.ts';
import { isUp } from './types.ts';
import { itemSet, leaf } from './xml.ts';
import type { AwsAction, AwsCall } from './aws-call.ts';
import type { Page } from './paging.ts';
import type { CloudInstance } from './types.ts';

const MOST_RESULTS = 1000;
const FEWEST_RESULTS = 5;
const ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

const REGIONS = [
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

/** The actions of EC2 that are served. */
export const EC2_ACTIONS: Readonly<Record<string, AwsAction>> = {
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeStatus,
  DescribeRegions: describeRegions,
  TerminateInstances: terminateInstances,
};

function describeInstances(call: AwsCall): string {
  refuseDryRun(call);
  const page = pageOf(wantedInstances(call), ({ id }) => id, sizeOf(call));
  return paged('reservationSet', page, page.rows.map(reservationXml));
}

function describeStatus(call: AwsCall): string {
  refuseDryRun(call);
  const includesAll = call.form.isTrue('IncludeAllInstances');
  const wanted = wantedInstances(call).filter(({ state }) => includesAll || state === 'running');
  const page = pageOf(wanted, ({ id }) => id, sizeOf(call));
  return paged('instanceStatusSet', page, page.rows.map(statusXml));
}

/** By id: all that are asked for, or a refusal; then by filter. */
function wantedInstances(call: AwsCall): readonly CloudInstance[] {
  const ids = call.form.list('InstanceId');
  const filters = call.form.filters();
  checkFilters(filters);
  const malformed = ids.find((id) => !ID.test(id));
  if (malformed !== undefined) {
    throw new CloudRefusal('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  }
  const { instances } = call.cloud.view(call.region);
  const known = new Set(instances.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw noInstances(unknown);
  return instances
    .filter(({ id }) => ids.length === 0 || ids.includes(id))
    .filter((one) => matches(one, filters));
}

function describeRegions(call: AwsCall): string {
  refuseDryRun(call);
  const names = call.form.list('RegionName');
  const unknown = names.find((name) => !REGIONS.includes(name));
  if (unknown !== undefined) {
    throw new CloudRefusal('InvalidParameterValue', `Invalid region: ${unknown}`);
  }
  const wanted = REGIONS.filter((name) => names.length === 0 || names.includes(name));
  return itemSet(
    'regionInfo',
    wanted.map((name) =>
      [
        leaf('regionName', name),
        leaf('regionEndpoint', `ec2.${name}.amazonaws.com`),
        leaf('optInStatus', 'opt-in-not-required'),
      ].join(''),
    ),
  );
}

function terminateInstances(call: AwsCall): string {
  const ids = call.form.list('InstanceId');
  if (ids.length === 0) {
    throw new CloudRefusal('MissingParameter', 'The request must contain the parameter InstanceId');
  }
  refuseDryRun(call);
  const before = call.cloud.terminate(call.region, ids, call.action);
  return itemSet(
    'instancesSet',
    before.map((instance) =>
      [
        leaf('instanceId', instance.id),
        stateXml('currentState', isUp(instance) ? 'shutting-down' : instance.state),
        stateXml('previousState', instance.state),
      ].join(''),
    ),
  );
}

function refuseDryRun({ form }: AwsCall): void {
  if (!form.isTrue('DryRun')) return;
  throw new CloudRefusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

function sizeOf({ form }: AwsCall): { readonly size: number; readonly token: string } {
  const asked = form.whole('MaxResults');
  if (asked === undefined) return { size: MOST_RESULTS, token: form.text('NextToken') };
  if (form.list('InstanceId').length > 0) {
    throw new CloudRefusal(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  if (!(asked >= FEWEST_RESULTS)) {
    throw new CloudRefusal(
      'InvalidParameterValue',
      `Value ( ${form.text('MaxResults')} ) for parameter maxResults is invalid. Expecting a value greater than ${FEWEST_RESULTS}.`,
    );
  }
  return { size: Math.min(asked, MOST_RESULTS), token: form.text('NextToken') };
}

function paged(list: string, { nextToken }: Page<unknown>, items: readonly string[]): string {
  return `${itemSet(list, items)}${nextToken === '' ? '' : leaf('nextToken', nextToken)}`;
}
