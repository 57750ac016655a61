import type { DeploymentFacts, EvaluationFacts, PlacementFailure } from '../../domain/snapshot.ts';
import { fieldsOf, listOf, needFields, needNumber, needText, numberOf, textOf } from './json.ts';
import type { Fields } from './json.ts';

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
  const failed = Object.entries(fieldsOf(evaluation['FailedTGAllocs']));
  return {
    namespace: textOf(evaluation, 'Namespace') || 'default',
    jobId: textOf(evaluation, 'JobID'),
    id,
    status: needText(evaluation, 'Status', `evaluation ${id}`),
    blockedId: textOf(evaluation, 'BlockedEval'),
    modifyIndex: numberOf(evaluation, 'ModifyIndex'),
    unplaced: failed.map(([group]) => group),
    failures: Object.fromEntries(failed.map(([group, metrics]) => [group, readFailure(fieldsOf(metrics))])),
  };
}

function readFailure(metrics: Fields): PlacementFailure {
  const exhausted = Object.keys(fieldsOf(metrics['DimensionExhausted'])).map(dimensionOf);
  return {
    exhausted: [...new Set(exhausted)],
    quotas: listOf(metrics['QuotaExhausted'], 'QuotaExhausted').filter((name) => typeof name === 'string'),
    nodesExhausted: numberOf(metrics, 'NodesExhausted'),
  };
}

/** Nomad's texts for a dimension, as one word each. */
const DIMENSIONS: readonly (readonly [RegExp, string])[] = [
  [/\bport\b|\bports\b/, 'ports'],
  [/\bbandwidth\b/, 'bandwidth'],
];

/** `memory`, `memory exhausted` → `memory`; `network: reserved port collision http=80` → `ports`. */
function dimensionOf(text: string): string {
  const known = DIMENSIONS.find(([pattern]) => pattern.test(text))?.[1];
  return known ?? /^[\w-]*/.exec(text)?.[0].toLowerCase() ?? '';
}
