import { asText, writeJson } from '../json-text.ts';
import { joinFaults } from '../world/join-faults.ts';
import { Refusal } from '../world/refusal.ts';
import { needMethod, readBody } from './call.ts';
import { indexHeader, jsonReply, metaHeaders, textReply } from './reply.ts';
import type { Json } from '../json-text.ts';
import type { Call, Route } from './call.ts';

const NAME = /^[a-zA-Z0-9-]{1,128}$/;

function namespaceJson(name: string): Json {
  const description = name === 'default' ? 'Default shared namespace' : '';
  return { CreateIndex: 1, Description: description, Hash: '', ModifyIndex: 1, Name: name, Quota: '' };
}

/** `/v1/namespaces`: those in which the token may do anything. */
export const namespacesRoute: Route = (call) => {
  needMethod(call, 'GET');
  const { jobs } = call.world;
  const names = [...jobs.namespaces].filter((name) => call.rights.sees(name)).toSorted();
  const meta = { index: 1, knownLeader: call.world.faults.hasLeader };
  return jsonReply(writeJson(names.map(namespaceJson)), metaHeaders(meta));
};

/** `/v1/namespace`: makes one. */
export const namespaceRoute: Route = (call) => {
  needMethod(call, 'PUT', 'POST');
  return create(call);
};

function create(call: Call): ReturnType<Route> {
  const name = asText(readBody(call)['Name']);
  call.rights.needManagement();
  if (!NAME.test(name)) {
    const quoted = JSON.stringify(name);
    const faults = joinFaults([`invalid name ${quoted}. Must match regex ${NAME.source}`]);
    throw new Refusal(500, `Invalid namespace ${quoted}: ${faults}`);
  }
  call.world.jobs.namespaces.add(name);
  return textReply(200, '', indexHeader(call.world.store.index));
}
