import { asBoolean, asText, writeJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { isActive } from '../world/types.ts';
import { allocationStubText } from './allocation-json.ts';
import { answerRead, answerWrite, needHexPrefix, needMethod, needUuid, readBody } from './call.ts';
import { deploymentText } from './deployment-json.ts';
import { beginsWith, inTables, listText, ofRow } from './rows.ts';
import type { FaceResponse } from '../face.ts';
import type { DeploymentChange } from '../world/deployment-watcher.ts';
import type { Deployment } from '../world/types.ts';
import type { Call, Read, Route } from './call.ts';
import type { Query } from './query.ts';

/** `/v1/deployments`: of one namespace; `*` is none, so the list is empty, as in Nomad 1.0. */
export const deploymentsRoute: Route = (call) => {
  needMethod(call, 'GET');
  return answerRead(call, (query) => listDeployments(call, query));
};

function listDeployments({ world, rights, lists }: Call, query: Query): Read {
  rights.need(query.namespace, 'read-job');
  needHexPrefix(query.prefix);
  const { deployments } = world.store.tables;
  const render = (): string => {
    const wanted = deployments
      .all()
      .filter((row) => row.namespace === query.namespace && beginsWith(row.id, query.prefix));
    return listText(wanted.map(deploymentText));
  };
  return {
    index: () => deployments.index,
    isTouchedBy: inTables('deployments'),
    render: () => lists.get(`deployments ${query.namespace} ${query.prefix}`, deployments.index, render),
  };
}

/** `/v1/deployment/:id`, and `allocations/`, `fail/`, `pause/`, `promote/` before the id. */
export const deploymentRoute: Route = (call) => {
  const [action = '', id] = call.rest.split('/');
  if (id === undefined) {
    needMethod(call, 'GET');
    return answerRead(call, (query) => readDeployment(call, query, action));
  }
  if (action === 'allocations') {
    needMethod(call, 'GET');
    return answerRead(call, (query) => readAllocations(call, query, id));
  }
  needMethod(call, 'PUT', 'POST');
  if (action === 'fail') return fail(call, id);
  if (action === 'pause') return pause(call, id);
  return promote(call, id);
};

function readDeployment({ world, rights }: Call, query: Query, id: string): Read {
  rights.need(query.namespace, 'read-job');
  needUuid(id, 'deployment');
  const { deployments } = world.store.tables;
  return {
    index: () => deployments.get(id)?.modifyIndex ?? deployments.index,
    isTouchedBy: ofRow('deployments', id),
    render: () => {
      const deployment = deployments.get(id);
      return deployment ? deploymentText(deployment) : null;
    },
    missing: 'deployment not found',
  };
}

function readAllocations({ world, rights }: Call, query: Query, id: string): Read {
  rights.need(query.namespace, 'read-job');
  const { allocations } = world.store.tables;
  return {
    index: () => allocations.index,
    isTouchedBy: inTables('allocations'),
    render: () => {
      const wanted = allocations.all().filter((row) => row.deploymentId === id);
      return listText(wanted.map((row) => allocationStubText(row, { resources: false, taskStates: true })));
    },
  };
}

function needActive({ world, rights }: Call, id: string, doing: string): Deployment {
  needUuid(id, 'deployment');
  const deployment = world.store.tables.deployments.get(id);
  if (!deployment) throw new Refusal(500, 'deployment not found');
  rights.need(deployment.namespace, 'submit-job');
  if (!isActive(deployment)) throw new Refusal(500, `can't ${doing} terminal deployment`);
  return deployment;
}

function needSameId(call: Call, id: string): ReturnType<typeof readBody> {
  const body = readBody(call);
  const given = asText(body['DeploymentID']);
  if (given === '') throw new Refusal(400, 'DeploymentID must be specified');
  if (given !== id) throw new Refusal(400, 'Deployment ID does not match');
  return body;
}

function changeReply({ index, evaluation, revertedVersion }: DeploymentChange): FaceResponse {
  const body = {
    DeploymentModifyIndex: index,
    EvalCreateIndex: evaluation ? index : 0,
    EvalID: evaluation?.id ?? '',
    Index: index,
    RevertedJobVersion: revertedVersion,
  };
  return answerWrite(index, writeJson(body));
}

function fail(call: Call, id: string): FaceResponse {
  const deployment = needActive(call, id, 'fail');
  return changeReply(call.world.deployments.fail(deployment, 'Deployment marked as failed'));
}

function pause(call: Call, id: string): FaceResponse {
  const isPaused = asBoolean(needSameId(call, id)['Pause']);
  const deployment = needActive(call, id, isPaused ? 'pause' : 'resume');
  return changeReply(call.world.deployments.pause(deployment, isPaused));
}

function promote(call: Call, id: string): FaceResponse {
  needSameId(call, id);
  needActive(call, id, 'promote');
  throw new Refusal(500, 'no canaries to promote');
}
