import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const firstPort = 10_000;
const portsPerWorker = 1_250;
const handedOut = new Set<number>();

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function canBindUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** Below the kernel's own range (32768 and up) and Nomad's (20000 and up); each test worker has its share. */
function pickPort(): number {
  const worker = (Number(process.env['VITEST_POOL_ID'] ?? '1') - 1) % 8;
  return firstPort + worker * portsPerWorker + Math.floor(Math.random() * portsPerWorker);
}

/** A loopback port that is free for TCP and UDP, and that this worker hands out once. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const port = pickPort();
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if ((await canListen(port)) && (await canBindUdp(port))) return port;
  }
  throw new Error('no free port on the loopback interface');
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
