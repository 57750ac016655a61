import { ConsulRefusal } from './consul-error.ts';

export type AclPolicy = 'read' | 'list' | 'write' | 'deny';

/** Rules by name or prefix, as Consul ≥ 1.4 has them: `key "x"` is exact, `key_prefix "x"` is what begins with x. */
export interface AclRules {
  readonly key?: Readonly<Record<string, AclPolicy>>;
  readonly keyPrefix?: Readonly<Record<string, AclPolicy>>;
  readonly session?: Readonly<Record<string, AclPolicy>>;
  readonly sessionPrefix?: Readonly<Record<string, AclPolicy>>;
  readonly node?: Readonly<Record<string, AclPolicy>>;
  readonly nodePrefix?: Readonly<Record<string, AclPolicy>>;
  readonly service?: Readonly<Record<string, AclPolicy>>;
  readonly servicePrefix?: Readonly<Record<string, AclPolicy>>;
  readonly agent?: Readonly<Record<string, AclPolicy>>;
  readonly agentPrefix?: Readonly<Record<string, AclPolicy>>;
}

/** Access control with everything denied by default. `management` may do everything. */
export interface ConsulAcl {
  readonly tokens: Readonly<Record<string, AclRules | 'management'>>;
  /** What a request without a token may do; nothing unless said. */
  readonly anonymous?: AclRules;
}

/** What one token may do. Names are those of keys and services, and of nodes for sessions and agents. */
export interface Authorizer {
  canReadKey(key: string): boolean;
  canWriteKey(key: string): boolean;
  /** Everything below the prefix, whatever finer rules there are. */
  canWriteKeysBelow(prefix: string): boolean;
  canReadSession(node: string): boolean;
  canWriteSession(node: string): boolean;
  canReadAgent(node: string): boolean;
  canReadService(name: string): boolean;
  canWriteService(name: string): boolean;
  canReadNode(node: string): boolean;
}

type Rules = Readonly<Record<string, AclPolicy>> | undefined;

const EVERYTHING: Authorizer = {
  canReadKey: () => true,
  canWriteKey: () => true,
  canWriteKeysBelow: () => true,
  canReadSession: () => true,
  canWriteSession: () => true,
  canReadAgent: () => true,
  canReadService: () => true,
  canWriteService: () => true,
  canReadNode: () => true,
};

function policyFor(name: string, exact: Rules, prefixes: Rules): AclPolicy {
  const own = exact !== undefined && Object.hasOwn(exact, name) ? exact[name] : undefined;
  if (own !== undefined) return own;
  const longest = Object.keys(prefixes ?? {})
    .filter((prefix) => name.startsWith(prefix))
    .toSorted((left, right) => right.length - left.length)[0];
  return longest === undefined ? 'deny' : (prefixes?.[longest] ?? 'deny');
}

function authorizerOf(rules: AclRules): Authorizer {
  const key = (name: string): AclPolicy => policyFor(name, rules.key, rules.keyPrefix);
  const session = (node: string): AclPolicy => policyFor(node, rules.session, rules.sessionPrefix);
  const service = (name: string): AclPolicy => policyFor(name, rules.service, rules.servicePrefix);
  return {
    canReadKey: (name) => key(name) !== 'deny',
    canWriteKey: (name) => key(name) === 'write',
    canWriteKeysBelow: (prefix) =>
      policyFor(prefix, undefined, rules.keyPrefix) === 'write' &&
      [...Object.entries(rules.key ?? {}), ...Object.entries(rules.keyPrefix ?? {})].every(
        ([name, policy]) => !name.startsWith(prefix) || policy === 'write',
      ),
    canReadSession: (node) => session(node) !== 'deny',
    canWriteSession: (node) => session(node) === 'write',
    canReadAgent: (node) => policyFor(node, rules.agent, rules.agentPrefix) !== 'deny',
    canReadService: (name) => service(name) !== 'deny',
    canWriteService: (name) => service(name) === 'write',
    canReadNode: (node) => policyFor(node, rules.node, rules.nodePrefix) !== 'deny',
  };
}

/** The rights of a token (empty: none given); refuses an unknown one with 403 `ACL not found`. */
export function authorize(acl: ConsulAcl | undefined, token: string): Authorizer {
  if (acl === undefined) return EVERYTHING;
  if (token === '') return authorizerOf(acl.anonymous ?? {});
  const rules = Object.hasOwn(acl.tokens, token) ? acl.tokens[token] : undefined;
  if (rules === undefined) throw new ConsulRefusal(403, 'ACL not found');
  return rules === 'management' ? EVERYTHING : authorizerOf(rules);
}
