import { all, parseXml, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** A group to be made; its instances are `InService` and running when `makeGroup` resolves. */
export interface GroupSpec {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

/** Something that speaks for AWS: both services at one address, told apart by `Version`. */
export interface AwsUnderTest {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly region: string;
  /** Another region, empty. */
  readonly otherRegion: string;
  /** Makes a group with a name of its own in `region`; answers the name. */
  makeGroup(spec: GroupSpec): Promise<string>;
  /** Makes a running instance that is in no group; answers its id. */
  makeStray(): Promise<string>;
  /** Makes every launch of a group fail from now on, and say why. Not for moto. */
  failLaunches?(name: string, message: string): void;
  /** Lets the server's time pass: afterwards what was asked for half a minute ago has been done. */
  elapse(ms: number): Promise<void>;
}

/** Where the suite's server comes from. */
export interface AwsSource {
  /** Asked for when a case begins. */
  readonly open: () => AwsWire;
  /** False for moto: cases about what it is known to do otherwise than AWS are left out. */
  readonly behavesAsAws: boolean;
}

export type Service = 'autoscaling' | 'ec2';

export const VERSIONS: Readonly<Record<Service, string>> = {
  autoscaling: '2011-01-01',
  ec2: '2016-11-15',
};

/** One answer of the Query protocol. */
export interface QueryAnswer {
  readonly status: number;
  readonly contentType: string;
  /** `x-amzn-requestid`; '' when there is none. */
  readonly requestId: string;
  readonly text: string;
  /** The answer's root element; throws when it is no XML. */
  xml(): XmlElement;
}

export interface QueryError {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

const LONG_ENOUGH_MS = 60_000;

/** What one case says to the server. Nothing is signed; the credential's scope names service and region. */
export class AwsWire {
  readonly aws: AwsUnderTest;

  constructor(aws: AwsUnderTest) {
    this.aws = aws;
  }

  async call(
    service: Service,
    fields: Readonly<Record<string, string>>,
    region = this.aws.region,
  ): Promise<QueryAnswer> {
    const scope = `20260105/${region}/${service}/aws4_request`;
    const response = await fetch(this.aws.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host, Signature=0`,
      },
      body: new URLSearchParams({ Version: VERSIONS[service], ...fields }).toString(),
    });
    const text = await response.text();
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      requestId: response.headers.get('x-amzn-requestid') ?? '',
      text,
      xml: () => parseXml(text),
    };
  }

  /** The answer's root element; fails when the call is refused. */
  async ask(
    service: Service,
    fields: Readonly<Record<string, string>>,
    region?: string,
  ): Promise<XmlElement> {
    const answer = await this.call(service, fields, region);
    if (answer.status !== 200) throw new Error(`${fields['Action']}: ${answer.status} ${answer.text}`);
    return answer.xml();
  }

  /** How a call is refused. */
  async refusal(service: Service, fields: Readonly<Record<string, string>>): Promise<QueryError> {
    const answer = await this.call(service, fields);
    const root = answer.xml();
    const error = service === 'ec2' ? all(root, 'Errors', 'Error')[0] : all(root, 'Error')[0];
    return {
      status: answer.status,
      code: error && textAt(error, 'Code'),
      message: error && textAt(error, 'Message'),
    };
  }

  async groups(names: readonly string[], region?: string): Promise<readonly XmlElement[]> {
    const action = 'DescribeAutoScalingGroups';
    const root = await this.ask(
      'autoscaling',
      { Action: action, ...members('AutoScalingGroupNames', names) },
      region,
    );
    return all(root, `${action}Result`, 'AutoScalingGroups', 'member');
  }

  async group(name: string): Promise<XmlElement> {
    const [group] = await this.groups([name]);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }

  async desired(name: string): Promise<number> {
    return Number(textAt(await this.group(name), 'DesiredCapacity'));
  }

  /** Ids of the instances that the group lists. */
  async memberIds(name: string): Promise<readonly string[]> {
    const instances = all(await this.group(name), 'Instances', 'member');
    return instances.map((instance) => textAt(instance, 'InstanceId') ?? '');
  }

  async instances(
    filters: Readonly<Record<string, readonly string[]>>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<readonly XmlElement[]> {
    const fields = { Action: 'DescribeInstances', ...filterFields(filters), ...more };
    return all(await this.ask('ec2', fields), 'reservationSet', 'item', 'instancesSet', 'item');
  }

  async stateOf(instanceId: string): Promise<string | undefined> {
    const [instance] = await this.instances({ 'instance-id': [instanceId] });
    return instance && textAt(instance, 'instanceState', 'name');
  }

  setDesired(name: string, to: number): Promise<QueryAnswer> {
    const fields = {
      Action: 'UpdateAutoScalingGroup',
      AutoScalingGroupName: name,
      DesiredCapacity: String(to),
    };
    return this.call('autoscaling', fields);
  }

  detach(name: string, instanceId: string): Promise<QueryAnswer> {
    return this.call('autoscaling', detachFields(name, instanceId));
  }

  terminate(instanceId: string): Promise<QueryAnswer> {
    return this.call('ec2', terminateFields(instanceId));
  }

  /** Lets everything that was asked for come to its end. */
  settle(): Promise<void> {
    return this.aws.elapse(LONG_ENOUGH_MS);
  }
}

/** `Names.member.1=a&Names.member.2=b`. */
export function members(list: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, at) => [`${list}.member.${at + 1}`, value]));
}

/** `Filter.1.Name=a&Filter.1.Value.1=b`. */
export function filterFields(filters: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [at, [name, values]] of Object.entries(filters).entries()) {
    fields[`Filter.${at + 1}.Name`] = name;
    for (const [index, value] of values.entries()) fields[`Filter.${at + 1}.Value.${index + 1}`] = value;
  }
  return fields;
}

export function detachFields(name: string, instanceId: string): Record<string, string> {
  return {
    Action: 'DetachInstances',
    AutoScalingGroupName: name,
    'InstanceIds.member.1': instanceId,
    ShouldDecrementDesiredCapacity: 'true',
  };
}

export function terminateFields(instanceId: string): Record<string, string> {
  return { Action: 'TerminateInstances', 'InstanceId.1': instanceId };
}
