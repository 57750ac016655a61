import { Duplex } from 'node:stream';

/** One end of a connection in memory, with what node:http expects of a socket. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort: number;
  readonly activity: (() => void) | undefined;
  private peer: MemorySocket | null = null;
  private waiting: (() => void) | null = null;

  constructor(remotePort: number, activity: (() => void) | undefined) {
    super({ allowHalfOpen: false, emitClose: true });
    this.remotePort = remotePort;
    this.activity = activity;
  }

  /** Two ends that hear each other. */
  static pair(port: number, activity?: () => void): readonly [MemorySocket, MemorySocket] {
    const client = new MemorySocket(port, activity);
    const server = new MemorySocket(port, activity);
    client.peer = server;
    server.peer = client;
    return [client, server];
  }

  override _read(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.activity?.();
    const { peer } = this;
    if (!peer || peer.destroyed) {
      done(new Error('write EPIPE'));
      return;
    }
    if (peer.push(chunk)) done();
    else peer.waiting = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.activity?.();
    if (this.peer && !this.peer.destroyed) this.peer.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.activity?.();
    const { peer } = this;
    this.peer = null;
    if (peer && !peer.destroyed && !peer.readableEnded) peer.push(null);
    done(error);
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
