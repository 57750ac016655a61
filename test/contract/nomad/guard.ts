import { send, serviceJob } from './wire.ts';
import type { Policy } from '../../../src/simulator/nomad/acl.ts';
import type { GuardedNomad, NomadUnderTest } from './wire.ts';

/** The policies of the recording, in Nomad's language and as the face takes them. */
export const POLICIES = {
  readOnly: {
    hcl: 'namespace "default" { policy = "read" }\nnode { policy = "read" }',
    rules: { namespaces: { default: 'read' }, node: 'read' },
  },
  scale: {
    hcl: 'namespace "default" { policy = "scale" }',
    rules: { namespaces: { default: 'scale' } },
  },
  nodeOnly: {
    hcl: 'node { policy = "write" }',
    rules: { node: 'write' },
  },
  autoscaler: {
    hcl: 'namespace "default" { capabilities = ["list-jobs", "read-job", "submit-job", "scale-job", "read-job-scaling"] }\nnode { policy = "write" }',
    rules: {
      namespaces: { default: ['list-jobs', 'read-job', 'submit-job', 'scale-job', 'read-job-scaling'] },
      node: 'write',
    },
  },
} as const satisfies Record<string, { hcl: string; rules: Policy }>;

/** Bootstraps access control at a real Nomad: policies, tokens, and the job `web`. */
export async function guard(nomad: NomadUnderTest): Promise<GuardedNomad> {
  const root = (await send(nomad, '/v1/acl/bootstrap', { method: 'PUT' })).body.SecretID;
  const tokens: Record<string, string> = {};
  for (const [name, { hcl }] of Object.entries(POLICIES)) {
    await send(nomad, `/v1/acl/policy/${name}`, { token: root, body: { Name: name, Rules: hcl } });
    const token = { Name: name, Type: 'client', Policies: [name] };
    tokens[name] = (await send(nomad, '/v1/acl/token', { token: root, body: token })).body.SecretID;
  }
  const { readOnly = '', scale = '', autoscaler = '', nodeOnly = '' } = tokens;
  await send(nomad, '/v1/jobs', { token: root, body: { Job: serviceJob('web', 1) } });
  for (let tries = 0; tries < 600; tries += 1) {
    const { body } = await send(nomad, '/v1/job/web/allocations', { token: root });
    if (body[0]?.ClientStatus === 'running') break;
    await nomad.elapse(100);
  }
  return { ...nomad, tokens: { readOnly, scale, autoscaler, nodeOnly } };
}
