import type { Coordination } from '../../ports/coordination.ts';
import type { Membership, MemberService } from '../../ports/membership.ts';
import { isPortError } from '../../ports/port-error.ts';

/**
 * A member's way to its session: the service is registered before one is opened, which is bound to the service's
 * check, and its check is passed with each renewal.
 */
export function memberSession(
  coordination: Coordination,
  { membership, service }: { readonly membership: Membership; readonly service: MemberService },
): Coordination {
  return {
    ...coordination,
    openSession: async (spec, signal) => {
      await membership.register(service, signal);
      return coordination.openSession({ ...spec, check: service.id }, signal);
    },
    renewSession: async (session, signal) => {
      await passOrRegister(membership, service, signal);
      return coordination.renewSession(session, signal);
    },
  };
}

/** A Consul agent that has been started anew knows no services. */
async function passOrRegister(
  membership: Membership,
  service: MemberService,
  signal: AbortSignal,
): Promise<void> {
  try {
    await membership.pass(service.id, signal);
  } catch (error) {
    if (!isPortError(error, 'not-found')) throw error;
    await membership.register(service, signal);
  }
}
