import { Refusal } from '../world/refusal.ts';

export type Capability =
  | 'list-jobs'
  | 'read-job'
  | 'submit-job'
  | 'dispatch-job'
  | 'scale-job'
  | 'read-job-scaling'
  | 'list-scaling-policies'
  | 'read-scaling-policy';

export type Access = 'deny' | 'read' | 'write';

/** What a token may do. Namespaces may be globs with `*`. */
export interface Policy {
  readonly namespaces?: Readonly<Record<string, 'deny' | 'read' | 'write' | 'scale' | readonly Capability[]>>;
  readonly node?: Access;
  readonly agent?: Access;
}

/** Secrets of tokens and what they may do; `anonymous` is for calls without one. */
export interface AclOptions {
  readonly tokens: Readonly<Record<string, Policy | 'management'>>;
  readonly anonymous?: Policy;
}

const SCALING: readonly Capability[] = ['list-scaling-policies', 'read-job-scaling', 'read-scaling-policy'];
const READ: readonly Capability[] = ['list-jobs', 'read-job', ...SCALING];
const GRANTS: Readonly<Record<'deny' | 'read' | 'write' | 'scale', readonly Capability[]>> = {
  deny: [],
  read: READ,
  write: [...READ, 'submit-job', 'dispatch-job', 'scale-job'],
  scale: [...SCALING, 'scale-job'],
};

/** The rights of one call; every check throws a Refusal when they are not enough. */
export interface Rights {
  /** True when nothing is refused: what is listed then is the same for all such calls. */
  readonly isUnlimited: boolean;
  allows(namespace: string, capability: Capability): boolean;
  /** True where anything at all is allowed. */
  sees(namespace: string): boolean;
  /** Any one of the capabilities is enough. */
  need(namespace: string, ...capabilities: readonly Capability[]): void;
  needNode(access: 'read' | 'write'): void;
  needAgent(): void;
  needManagement(): void;
}

const ALL: Rights = {
  isUnlimited: true,
  allows: () => true,
  sees: () => true,
  need: () => undefined,
  needNode: () => undefined,
  needAgent: () => undefined,
  needManagement: () => undefined,
};

const DENIED = 'Permission denied';

function matches(pattern: string, namespace: string): boolean {
  if (!pattern.includes('*')) return pattern === namespace;
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`).test(namespace);
}

function capabilitiesOf(policy: Policy, namespace: string): readonly Capability[] {
  const exact = policy.namespaces?.[namespace];
  const found =
    exact ?? Object.entries(policy.namespaces ?? {}).find(([key]) => matches(key, namespace))?.[1];
  if (found === undefined) return [];
  return typeof found === 'string' ? GRANTS[found] : found;
}

function rightsOf(policy: Policy): Rights {
  const allows = (namespace: string, capability: Capability): boolean =>
    capabilitiesOf(policy, namespace).includes(capability);
  const refuseUnless = (isAllowed: boolean): void => {
    if (!isAllowed) throw new Refusal(403, DENIED);
  };
  return {
    isUnlimited: false,
    allows,
    sees: (namespace) => capabilitiesOf(policy, namespace).length > 0,
    need: (namespace, ...capabilities) => {
      refuseUnless(capabilities.some((capability) => allows(namespace, capability)));
    },
    needNode: (access) => {
      refuseUnless(policy.node === 'write' || policy.node === access);
    },
    needAgent: () => {
      refuseUnless(policy.agent === 'read' || policy.agent === 'write');
    },
    needManagement: () => {
      refuseUnless(false);
    },
  };
}

/** Resolves a call's token. Throws a Refusal when there is no such token. */
export function resolveRights(acl: AclOptions | undefined, secret: string): Rights {
  if (!acl) return ALL;
  if (secret === '') return rightsOf(acl.anonymous ?? {});
  const policy = acl.tokens[secret];
  if (policy === 'management') return ALL;
  if (policy) return rightsOf(policy);
  if (secret.length !== 36) {
    throw new Refusal(500, 'acl token lookup failed: index error: UUID must be 36 characters');
  }
  throw new Refusal(403, 'ACL token not found');
}
