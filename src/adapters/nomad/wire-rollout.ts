import type { DeploymentFacts, EvaluationFacts } from '../../domain/snapshot.ts';
import { fieldsOf, needFields, needNumber, needText, numberOf, textOf } from './json.ts';

/** Reads one entry of GET /v1/deployments or /v1/job/:id/deployments. */
export function readDeployment(value: unknown): DeploymentFacts {
  const deployment = needFields(value, 'a deployment');
  const id = needText(deployment, 'ID', 'a deployment');
  const groups = Object.entries(fieldsOf(deployment['TaskGroups']));
  return {
    namespace: textOf(deployment, 'Namespace') || 'default',
    jobId: needText(deployment, 'JobID', `deployment ${id}`),
    id,
    specIndex: needNumber(deployment, 'JobSpecModifyIndex', `deployment ${id}`),
    status: needText(deployment, 'Status', `deployment ${id}`),
    description: textOf(deployment, 'StatusDescription'),
    placed: Object.fromEntries(
      groups.map(([name, group]) => [name, numberOf(fieldsOf(group), 'PlacedAllocs')]),
    ),
  };
}

/** Reads one entry of GET /v1/evaluations or /v1/job/:id/evaluations. */
export function readEvaluation(value: unknown): EvaluationFacts {
  const evaluation = needFields(value, 'an evaluation');
  const id = needText(evaluation, 'ID', 'an evaluation');
  return {
    namespace: textOf(evaluation, 'Namespace') || 'default',
    jobId: textOf(evaluation, 'JobID'),
    id,
    status: needText(evaluation, 'Status', `evaluation ${id}`),
    blockedId: textOf(evaluation, 'BlockedEval'),
    modifyIndex: numberOf(evaluation, 'ModifyIndex'),
    unplaced: Object.keys(fieldsOf(evaluation['FailedTGAllocs'])),
  };
}
