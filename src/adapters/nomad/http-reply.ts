/** An answer of HTTP/1.1 as far as it is looked at. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
  /** The Retry-After header. */
  readonly retryAfter: string | undefined;
  /** True when another request may follow on the same connection. */
  readonly keepsOpen: boolean;
}

/** Bytes that are no answer of HTTP/1.1, or one that is not understood. `code` as node's own parser has it. */
export class BadReply extends Error {
  readonly code = 'HPE_INVALID_CONSTANT';
}

interface Head {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly keepsOpen: boolean;
  /** How the end of the body is found; `close`: the connection's end is the body's. */
  readonly body: number | 'chunked' | 'close';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MOST_HEAD_BYTES = 65_536;
const NO_BYTES = Buffer.alloc(0);
const BODILESS: readonly number[] = [204, 304];

/** Reads one answer from the bytes of a connection as they come, to a request that was no HEAD. */
export class ReplyReader {
  private bytes: Buffer = NO_BYTES;
  private head: Head | undefined;
  private chunks: Buffer[] = [];
  private isLastChunk = false;

  /** Answers the reply once it is whole; throws BadReply for what is none, and for bytes behind its end. */
  take(chunk: Buffer): HttpReply | undefined {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    if (this.head === undefined && !this.readHead()) return undefined;
    const { head } = this;
    if (head === undefined || head.body === 'close') return undefined;
    return head.body === 'chunked' ? this.takeChunks(head) : this.takeLength(head, head.body);
  }

  /** The connection has ended: answers the reply when that is its end too. */
  end(): HttpReply | undefined {
    if (this.head?.body !== 'close') return undefined;
    return replyOf(this.head, this.bytes);
  }

  private readHead(): boolean {
    for (;;) {
      const end = this.bytes.indexOf(HEAD_END);
      if (end > MOST_HEAD_BYTES || (end < 0 && this.bytes.length > MOST_HEAD_BYTES))
        throw new BadReply('headers too long');
      if (end < 0) return false;
      const head = parseHead(this.bytes.toString('latin1', 0, end));
      this.bytes = this.bytes.subarray(end + HEAD_END.length);
      if (head.status >= 200) {
        this.head = head;
        return true;
      }
    }
  }

  private takeLength(head: Head, length: number): HttpReply | undefined {
    if (this.bytes.length < length) return undefined;
    if (this.bytes.length > length) throw new BadReply('bytes behind the answer');
    return replyOf(head, this.bytes);
  }

  private takeChunks(head: Head): HttpReply | undefined {
    while (!this.isLastChunk) {
      const end = this.bytes.indexOf('\r\n');
      if (end < 0) return undefined;
      const length = parseChunkLength(this.bytes.toString('latin1', 0, end));
      if (length === 0) {
        this.isLastChunk = true;
        this.bytes = this.bytes.subarray(end);
        break;
      }
      const next = end + 2 + length;
      if (this.bytes.length < next + 2) return undefined;
      if (this.bytes.toString('latin1', next, next + 2) !== '\r\n')
        throw new BadReply('a chunk without an end');
      this.chunks.push(this.bytes.subarray(end + 2, next));
      this.bytes = this.bytes.subarray(next + 2);
    }
    return this.takeTrailer(head);
  }

  /** What follows the last chunk: fields that nobody looks at, then an empty line. */
  private takeTrailer(head: Head): HttpReply | undefined {
    const end = this.bytes.indexOf(HEAD_END);
    if (end < 0) {
      if (this.bytes.length > MOST_HEAD_BYTES) throw new BadReply('trailer too long');
      return undefined;
    }
    if (this.bytes.length > end + HEAD_END.length) throw new BadReply('bytes behind the answer');
    const [only] = this.chunks;
    return replyOf(head, this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks));
  }
}

function replyOf({ status, retryAfter, keepsOpen, body }: Head, bytes: Buffer): HttpReply {
  return {
    status,
    retryAfter,
    keepsOpen: keepsOpen && body !== 'close',
    text: bytes.toString('utf8'),
  };
}

function parseHead(text: string): Head {
  const line = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/.exec(text);
  if (line === null) throw new BadReply('no answer of HTTP/1');
  const status = Number(line[2]);
  const connection = headerOf(text, 'connection')?.toLowerCase() ?? '';
  if (headerOf(text, 'content-encoding') !== undefined) throw new BadReply('an encoded body');
  return {
    status,
    retryAfter: headerOf(text, 'retry-after'),
    keepsOpen: line[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive'),
    body: bodyOf(text, status),
  };
}

function bodyOf(text: string, status: number): Head['body'] {
  if (status < 200 || BODILESS.includes(status)) return 0;
  const encoding = headerOf(text, 'transfer-encoding');
  if (encoding !== undefined) {
    if (encoding.toLowerCase() === 'chunked') return 'chunked';
    throw new BadReply('a transfer encoding that is not understood');
  }
  const length = headerOf(text, 'content-length');
  if (length === undefined) return 'close';
  if (/^\d{1,15}$/.test(length)) return Number(length);
  throw new BadReply('a length that is no number');
}

const HEADERS: Readonly<Record<string, RegExp>> = Object.fromEntries(
  ['connection', 'content-encoding', 'content-length', 'retry-after', 'transfer-encoding'].map((name) => [
    name,
    new RegExp(String.raw`\r\n${name}:[ \t]*([^\r\n]*)`, 'i'),
  ]),
);

function headerOf(text: string, name: string): string | undefined {
  return HEADERS[name]?.exec(text)?.[1]?.trim();
}

function parseChunkLength(line: string): number {
  const digits = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
  if (digits === undefined) throw new BadReply('a chunk without a length');
  return Number.parseInt(digits, 16);
}
