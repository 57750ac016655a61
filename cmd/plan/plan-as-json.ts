import type { Plan } from '../../src/agent/plan.ts';
import { describeDecision } from '../../src/domain/decision/describe.ts';
import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';

/** A plan for programs, on one line: decisions as they are, each with its sentence. */
export function planAsJson({ groups, pools, standstill, troubles }: Plan): string {
  const document = {
    groups: groups.map(({ ref, id, decision, detail, operation }) => ({
      id,
      ...ref,
      sentence: decision ? describeDecision(decision) : '',
      decision: decision ?? null,
      detail,
      operation: operation ?? null,
    })),
    pools:
      pools?.map(({ pool, decision, notices, operation }) => ({
        pool,
        sentence: describePoolDecision(decision),
        decision,
        notices,
        operation: operation ?? null,
      })) ?? null,
    standstill,
    troubles,
  };
  return JSON.stringify(document, onlyItsName);
}

/** Of a node that is to go its name is enough: its attributes and its meta are everybody's who asks Nomad. */
function onlyItsName(key: string, value: unknown): unknown {
  if (key !== 'node' || typeof value !== 'object' || value === null) return value;
  return { id: Reflect.get(value, 'id'), name: Reflect.get(value, 'name') };
}
