import type { FaceResponse } from '../face.ts';
import { emptyAnswer, textAnswer } from './answers.ts';
import { authorizeCaller, checkNamespace } from './call.ts';
import type { Call } from './call.ts';
import { checkIdOf } from './catalog-table.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import { DecodeFault } from './request-json.ts';
import { type CheckStatus, readServiceWish, type ServiceWish } from './service-wish.ts';

const CHECK = checkIdOf('');

function needServiceWrite(call: Call, name: string): void {
  if (!authorizeCaller(call).canWriteService(name)) throw permissionDenied(`service:write on ${name}`);
}

function readWish({ request }: Call): ServiceWish | FaceResponse {
  try {
    return readServiceWish(request.body);
  } catch (error) {
    if (error instanceof DecodeFault) return textAnswer(400, `Request decode failed: ${error.message}`);
    throw error;
  }
}

/** PUT /v1/agent/service/register: ID, Name, Tags, Address, Port, one TTL check. Asks no leader. */
export function registerService(call: Call): FaceResponse {
  checkNamespace(call);
  const wish = readWish(call);
  if ('status' in wish) return wish;
  needServiceWrite(call, wish.name);
  call.server.agent.register(wish);
  return emptyAnswer(200);
}

/** PUT /v1/agent/service/deregister/:id; one that is not there is refused only under access control. */
export function deregisterService(call: Call): FaceResponse {
  checkNamespace(call);
  const { rest: id, server } = call;
  authorizeCaller(call);
  const service = server.agent.get(id);
  if (service !== undefined) needServiceWrite(call, service.wish.name);
  else if (server.acl !== undefined)
    throw new ConsulRefusal(500, `Unknown service {${JSON.stringify(id)} {}}`);
  if (id === '') throw new ConsulRefusal(500, 'ServiceID missing');
  server.agent.deregister(id);
  return emptyAnswer(200);
}

/** PUT /v1/agent/check/pass/:check, and the same for `warn` and `fail`; `?note` is the check's output. */
export function updateCheck(status: CheckStatus): (call: Call) => FaceResponse {
  return (call) => {
    checkNamespace(call);
    const { rest: check, server, query } = call;
    authorizeCaller(call);
    const id = check.startsWith(CHECK) ? check.slice(CHECK.length) : '';
    const service = server.agent.get(id);
    if (service?.check !== undefined) needServiceWrite(call, service.wish.name);
    else if (server.acl !== undefined) throw new ConsulRefusal(500, `Unknown check ${JSON.stringify(check)}`);
    if (!server.agent.update(id, { status, output: query.get('note') ?? '' }))
      throw new ConsulRefusal(500, `CheckID ${JSON.stringify(check)} does not have associated TTL`);
    return emptyAnswer(200);
  };
}
