import { decodeMember, type Member } from './member-document.ts';

/** A member as it stands in Consul; it is alive while a session holds its lock. */
export interface SeenMember {
  readonly id: string;
  /** '' for none. */
  readonly session: string;
  /** Undefined while it has not said, or when that cannot be read. */
  readonly member: Member | undefined;
}

/** True while a session holds its lock. */
export function isAlive({ session }: SeenMember): boolean {
  return session !== '';
}

/** True when it is alive and has said that it is ready. */
export function isReady(one: SeenMember): boolean {
  return isAlive(one) && one.member?.isReady === true;
}

/** A key as it was read. */
interface Entry {
  readonly key: string;
  readonly value: string;
  readonly session: string;
}

/** The members among the keys, those that begin with `prefix`, in the order of their ids. */
export function readSeenMembers(entries: readonly Entry[], prefix: string): readonly SeenMember[] {
  return entries
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, value, session }) => {
      const reading = decodeMember(value);
      return { id: key.slice(prefix.length), session, member: reading.ok ? reading.value : undefined };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Where a member's HTTP API is, `host:port`; undefined where it has none, or nobody knows. */
export function apiAddressOf({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): string | undefined {
  return address === '' || port === 0 ? undefined : `${address}:${port}`;
}
