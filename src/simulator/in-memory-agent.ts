import { Agent, createServer } from 'node:http';
import { faceHandler } from './http-handler.ts';
import { MemorySocket } from './memory-socket.ts';
import type { Face } from './face.ts';

const FIRST_PORT = 40_000;

/**
 * A node:http agent whose connections end in a face inside the process: for clients that speak
 * node:http themselves. Close it with `destroy()`.
 */
export function agentFor(face: Face, options: { readonly activity?: () => void } = {}): Agent {
  const server = createServer({ keepAliveTimeout: 0 }, faceHandler(face, options));
  let port = FIRST_PORT;
  const createConnection = (): MemorySocket => {
    port += 1;
    const [client, remote] = MemorySocket.pair(port, options.activity);
    server.emit('connection', remote);
    return client;
  };
  return Object.assign(new Agent({ keepAlive: true }), { createConnection });
}
