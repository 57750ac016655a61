import { GROUP_TAG } from './types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../random.ts';
import type { CloudGroup, CloudInstance } from './types.ts';

/** What one asks of an instance that belongs to no group. */
export interface StrayInput {
  readonly region: string;
  readonly zone?: string;
  readonly addresses?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly isTerminationProtected?: boolean;
}

const ID_DIGITS = 17;

/** Makes instances: ids drawn, private addresses counted up. */
export class InstanceMaker {
  private readonly clock: Clock;
  private readonly random: Random;
  private count = 0;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  /** An instance of the group in that zone. */
  forGroup(group: CloudGroup, zone: string, state: 'pending' | 'running'): CloudInstance {
    const { region, instanceType: type, interfaces, name } = group;
    const instance = this.bare({ region, zone, tags: { [GROUP_TAG]: name } });
    const addresses = Array.from({ length: interfaces }, (_, at) => this.address(at));
    return { ...instance, type, state, addresses };
  }

  /** A running instance that belongs to no group. */
  stray(input: StrayInput): CloudInstance {
    return this.bare(input);
  }

  private bare(input: StrayInput): CloudInstance {
    this.count += 1;
    const { region, zone = `${region}a`, tags = {}, isTerminationProtected = false } = input;
    return {
      id: `i-${this.random.uuid().replaceAll('-', '').slice(0, ID_DIGITS)}`,
      region,
      zone,
      type: 't3.medium',
      addresses: input.addresses ?? [this.address(0)],
      state: 'running',
      launchedMs: this.clock.now(),
      endedMs: 0,
      tags,
      isTerminationProtected,
    };
  }

  /** The address of the newest instance on one of its interfaces. */
  private address(position: number): string {
    return `10.${position + 1}.${this.count >> 8}.${this.count & 255}`;
  }
}
