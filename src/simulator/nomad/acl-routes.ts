import { writeJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import type { AclOptions, Policy } from './acl.ts';
import { needMethod } from './call.ts';
import { jsonReply } from './reply.ts';
import type { Json } from '../json-text.ts';
import type { Call, Route } from './call.ts';

/** Routes by which a token asks what it may do. Each token has one policy, by the name of its accessor. */
export function aclRoutes(acl: AclOptions | undefined): Readonly<Record<string, Route>> {
  return {
    '/v1/acl/token/self': (call) => jsonReply(writeJson(tokenJson(ownOf(call, acl)))),
    '/v1/acl/policies': (call) => jsonReply(writeJson(listOf(ownOf(call, acl)).map(stubJson))),
    '/v1/acl/policy/': (call) => jsonReply(writeJson(policyJson(call, acl))),
  };
}

interface Own {
  readonly accessor: string;
  readonly policy: Policy | 'management';
}

/** The caller's own rights. Without a token there are none to tell of, as 1.0 says it. */
function ownOf(call: Call, acl: AclOptions | undefined): Own {
  needMethod(call, 'GET');
  if (!acl) throw new Refusal(400, 'ACL support disabled');
  const secret = call.request.headers['x-nomad-token'] ?? '';
  const index = Object.keys(acl.tokens).indexOf(secret);
  const policy = acl.tokens[secret];
  if (policy === undefined) throw new Refusal(500, 'acl token lookup failed: missing secret id');
  return { accessor: `token-${index + 1}`, policy };
}

function tokenJson({ accessor, policy }: Own): Json {
  const isManagement = policy === 'management';
  return {
    AccessorID: accessor,
    Global: true,
    Name: accessor,
    Policies: isManagement ? null : [accessor],
    Type: isManagement ? 'management' : 'client',
  };
}

function listOf(own: Own): readonly Own[] {
  return own.policy === 'management' ? [] : [own];
}

function stubJson({ accessor }: Own): Json {
  return { CreateIndex: 1, Description: '', Hash: '', ModifyIndex: 1, Name: accessor };
}

/** A client may read its own policy and the anonymous one. */
function policyJson(call: Call, acl: AclOptions | undefined): Json {
  if (acl && call.rest === 'anonymous') {
    if (!acl.anonymous) throw new Refusal(404, 'ACL policy not found');
    return { Name: 'anonymous', Rules: rulesOf(acl.anonymous) };
  }
  const { accessor, policy } = ownOf(call, acl);
  if (policy === 'management') throw new Refusal(404, 'ACL policy not found');
  if (call.rest !== accessor) throw new Refusal(403, 'Permission denied');
  return { Name: accessor, Rules: rulesOf(policy) };
}

/** The rules as an operator would have written them. */
function rulesOf({ namespaces = {}, node, agent }: Policy): string {
  const blocks = Object.entries(namespaces).map(([name, rights]) => {
    const rule =
      typeof rights === 'string' ? `policy = "${rights}"` : `capabilities = ${JSON.stringify(rights)}`;
    return `namespace "${name}" {\n  ${rule}\n}`;
  });
  const parts = Object.entries({ node, agent }).flatMap(([key, policy]) =>
    policy === undefined ? [] : [`${key} {\n  policy = "${policy}"\n}`],
  );
  return [...blocks, ...parts].join('\n');
}
