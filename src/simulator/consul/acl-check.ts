import type { FaceResponse } from '../face.ts';
import { isObject } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import { jsonAnswer } from './answers.ts';
import type { Authorizer } from './acl.ts';
import { authorizeCaller } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal } from './consul-error.ts';
import { DecodeFault, decodeBody, membersOf } from './request-json.ts';

/** POST /v1/internal/acl/authorize: which of the rights asked for the caller has. */
export function checkRights(call: Call): FaceResponse {
  if (call.server.acl === undefined) throw new ConsulRefusal(401, 'ACL support disabled');
  const rights = authorizeCaller(call);
  return jsonAnswer(
    readRights(call).map(({ resource, segment, access }) => ({
      Resource: resource,
      Segment: segment,
      Access: access,
      Allow: isAllowed(rights, { resource, segment, access }),
    })),
  );
}

interface Right {
  readonly resource: string;
  readonly segment: string;
  readonly access: string;
}

function readRights({ request }: Call): readonly Right[] {
  try {
    const body = decodeBody(request.body);
    return Array.isArray(body) ? body.map(readRight) : [];
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    throw new ConsulRefusal(400, `Failed to decode request body: ${error.message}`);
  }
}

function readRight(value: Json): Right {
  const members = isObject(value) ? membersOf(value) : undefined;
  const text = (name: string): string => {
    const member = members?.get(name)?.value;
    return typeof member === 'string' ? member : '';
  };
  return { resource: text('resource'), segment: text('segment'), access: text('access') };
}

function isAllowed(rights: Authorizer, { resource, segment, access }: Right): boolean {
  switch (`${resource}:${access}`) {
    case 'key:write':
      return rights.canWriteKey(segment);
    case 'key:read':
    case 'key:list':
      return rights.canReadKey(segment);
    case 'session:write':
      return rights.canWriteSession(segment);
    case 'session:read':
      return rights.canReadSession(segment);
    case 'service:write':
      return rights.canWriteService(segment);
    case 'service:read':
      return rights.canReadService(segment);
    default:
      return false;
  }
}
