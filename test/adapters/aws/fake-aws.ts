import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type * as net from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it arrived. */
export interface Seen {
  readonly action: string;
  readonly form: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
}

/** What to answer: an HTTP answer, `hang` for none, `reset` for a connection that is cut. */
export type Reply =
  | {
      readonly status?: number;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'hang'
  | 'reset';

export type Handler = (seen: Seen) => Reply;

export interface FakeAws {
  readonly url: string;
  readonly port: number;
  /** Requests so far. */
  readonly seen: readonly Seen[];
  /** Sockets open now, and how many bytes came over each closed one. */
  sockets(): number;
  readonly bytesOfClosed: readonly number[];
  /** Connections so far. */
  connections(): number;
}

const pem = (name: string): string =>
  readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8');

/** The authority that signed the fake's certificate, and the name that is in it. */
export const fakeTls = { caCert: pem('ca.pem'), serverName: 'server.global.nomad' };

const xmlHeaders = { 'Content-Type': 'text/xml', 'x-amzn-RequestId': '1b2c3d' };

/** A server on loopback that answers whatever `handler` says; closed when the test has finished. */
export async function startFakeAws(handler: Handler, options: { secure?: boolean } = {}): Promise<FakeAws> {
  const seen: Seen[] = [];
  const listener = listenerFor(handler, seen);
  const server =
    options.secure === true
      ? https.createServer({ key: pem('server-key.pem'), cert: pem('server.pem') }, listener)
      : http.createServer(listener);
  const open = new Set<net.Socket>();
  const bytesOfClosed: number[] = [];
  let connections = 0;
  server.on('connection', (socket: net.Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      bytesOfClosed.push(socket.bytesRead);
    });
  });
  const port = await listen(server);
  onTestFinished(() => open.forEach((socket) => socket.destroy()));
  const url = options.secure === true ? `https://127.0.0.1:${port}` : `http://127.0.0.1:${port}`;
  return { url, port, seen, sockets: () => open.size, bytesOfClosed, connections: () => connections };
}

function listenerFor(handler: Handler, seen: Seen[]): http.RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const one = { action: form.get('Action') ?? '', form, headers: request.headers };
      seen.push(one);
      const reply = handler(one);
      if (reply === 'hang') return;
      if (reply === 'reset') {
        request.socket.destroy();
        return;
      }
      response.writeHead(reply.status ?? 200, { ...xmlHeaders, ...reply.headers });
      response.end(reply.text);
    });
  };
}

function listen(server: http.Server): Promise<number> {
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

/** An answer of Auto Scaling: `result` inside of it. */
export function answer(action: string, result: string): Reply {
  const text = `<${action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;
  return { text };
}

/** An answer of EC2. */
export function ec2Answer(action: string, result: string): Reply {
  const text = `<?xml version="1.0"?><${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${result}<requestId>1</requestId></${action}Response>`;
  return { text };
}

/** An error as Auto Scaling words it. */
export function refusal(status: number, code: string, message: string): Reply {
  const text = `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  return { status, text };
}

/** An error as EC2 words it. */
export function ec2Refusal(status: number, code: string, message: string): Reply {
  const text = `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
  return { status, text };
}

/** A group as Auto Scaling describes it; `without` leaves an element out. */
export function groupXml(name: string, without?: string): string {
  const elements: Readonly<Record<string, string>> = {
    AutoScalingGroupName: name,
    MinSize: '1',
    MaxSize: '4',
    DesiredCapacity: '2',
    AvailabilityZones: '<member>eu-west-1a</member><member>eu-west-1b</member>',
    Instances: memberXml(`i-${name}`),
    SuspendedProcesses: '<member><ProcessName>AZRebalance</ProcessName></member>',
  };
  return elementsXml(elements, without);
}

/** A member of a group as Auto Scaling describes it. */
export function memberXml(id: string, without?: string): string {
  const elements = {
    InstanceId: id,
    AvailabilityZone: 'eu-west-1a',
    LifecycleState: 'InService',
    ProtectedFromScaleIn: 'true',
  };
  return `<member>${elementsXml(elements, without)}</member>`;
}

/** An instance as EC2 describes it, in a reservation of its own. */
export function instanceXml(id: string, addresses: readonly string[], without?: string): string {
  const [first = '', ...more] = addresses;
  const others = more
    .map((address) => `<item><privateIpAddress>${address}</privateIpAddress></item>`)
    .join('');
  const elements = {
    instanceId: id,
    instanceState: '<code>16</code><name>running</name>',
    launchTime: '2026-11-23T16:29:41.000Z',
    privateIpAddress: first,
    placement: '<availabilityZone>eu-west-1a</availabilityZone>',
    networkInterfaceSet: `<item><privateIpAddressesSet>${others}</privateIpAddressesSet></item>`,
  };
  return `<item><instancesSet><item>${elementsXml(elements, without)}</item></instancesSet></item>`;
}

function elementsXml(elements: Readonly<Record<string, string>>, without: string | undefined): string {
  return Object.entries(elements)
    .filter(([name]) => name !== without)
    .map(([name, content]) => `<${name}>${content}</${name}>`)
    .join('');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
