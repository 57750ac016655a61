import type { StoredOptions } from '../../domain/group/group-config-document.ts';
import type { Member } from '../../domain/group/member-document.ts';
import type { Membership } from '../../ports/membership.ts';

/** An agent as a member of a group. */
export interface GroupIdentity extends Pick<Member, 'address' | 'port' | 'version'> {
  readonly name: string;
  /** Unique in the group. */
  readonly serviceId: string;
  /** How many partitions there are if nobody has configured the group yet. */
  readonly partitions: number;
  readonly membership: Membership;
  /**
   * Takes the stored options over, undefined for none. Answers what is wrong with them, each fault one line: then
   * everything stays as it was.
   */
  readonly takeOptions: (options: StoredOptions | undefined) => readonly string[];
  /** The agent cannot be a member: to be told to a person, and ended. */
  readonly refused: (why: string) => void;
}
