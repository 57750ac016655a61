import { allocationStubText } from './allocation-json.ts';
import { answerRead, needHexPrefix, needMethod, needUuid } from './call.ts';
import { evaluationText } from './evaluation-json.ts';
import { beginsWith, inTables, listText, ofRow, splitAction } from './rows.ts';
import type { Call, Read, Route } from './call.ts';
import type { Query } from './query.ts';

/** `/v1/evaluations`: of one namespace; `*` is none, so the list is empty, as in Nomad 1.0. */
export const evaluationsRoute: Route = (call) => {
  needMethod(call, 'GET');
  return answerRead(call, (query) => listEvaluations(call, query));
};

function listEvaluations({ world, rights, lists }: Call, query: Query): Read {
  rights.need(query.namespace, 'read-job');
  needHexPrefix(query.prefix, 'eval');
  const { evaluations } = world.store.tables;
  const render = (): string => {
    const wanted = evaluations
      .all()
      .filter((row) => row.namespace === query.namespace && beginsWith(row.id, query.prefix));
    return listText(wanted.map(evaluationText));
  };
  return {
    index: () => evaluations.index,
    isTouchedBy: inTables('evaluations'),
    render: () => lists.get(`evaluations ${query.namespace} ${query.prefix}`, evaluations.index, render),
  };
}

/** `/v1/evaluation/:id` and its allocations. */
export const evaluationRoute: Route = (call) => {
  needMethod(call, 'GET');
  const { id, action } = splitAction(call.rest, ['allocations']);
  return answerRead(call, (query) =>
    action === '' ? readEvaluation(call, query, id) : readAllocations(call, query, id),
  );
};

function readEvaluation({ world, rights }: Call, query: Query, id: string): Read {
  rights.need(query.namespace, 'read-job');
  needUuid(id, 'eval');
  const { evaluations } = world.store.tables;
  return {
    index: () => evaluations.get(id)?.modifyIndex ?? evaluations.index,
    isTouchedBy: ofRow('evaluations', id),
    render: () => {
      const evaluation = evaluations.get(id);
      return evaluation ? evaluationText(evaluation) : null;
    },
    missing: 'eval not found',
  };
}

function readAllocations({ world, rights }: Call, query: Query, id: string): Read {
  rights.need(query.namespace, 'read-job');
  const { allocations } = world.store.tables;
  return {
    index: () => allocations.index,
    isTouchedBy: inTables('allocations'),
    render: () => {
      const wanted = allocations.all().filter((row) => row.evalId === id);
      return listText(wanted.map((row) => allocationStubText(row, { resources: false, taskStates: true })));
    },
  };
}
