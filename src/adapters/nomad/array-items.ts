import { WireFault } from './json.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const NO_BYTES = Buffer.alloc(0);

/** Cuts the text of a JSON list into the texts of its items while it comes, without parsing them. */
export class ArrayItems {
  /** Bytes of the item that has not ended yet. */
  private bytes: Buffer = NO_BYTES;
  /** How far of them has been looked at. */
  private at = 0;
  /** Lists and objects that are open, the list itself included. */
  private depth = 0;
  private isInText = false;
  private isOver = false;

  /** The items that end within the chunk. Throws WireFault for what is no list. */
  take(chunk: Buffer): readonly string[] {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    if (this.depth === 0 && !this.isOver && !this.begin()) return [];
    return this.isOver ? this.behindTheEnd() : this.cut();
  }

  /** Throws WireFault when the list has not ended. */
  end(): void {
    if (!this.isOver) throw new WireFault('the answer is cut off');
  }

  /** Skips what stands before the list; true once it has begun. */
  private begin(): boolean {
    const first = this.bytes.findIndex((byte) => !isBlank(byte));
    if (first < 0) return false;
    if (this.bytes[first] !== OPEN_LIST) throw new WireFault('the answer is no list');
    this.depth = 1;
    this.bytes = this.bytes.subarray(first + 1);
    return true;
  }

  private cut(): readonly string[] {
    const { bytes } = this;
    const items: string[] = [];
    let { at } = this;
    let from = 0;
    while (at < bytes.length && this.depth > 0) {
      const byte = bytes[at];
      if (this.isInText) {
        at = this.leaveText(bytes, at);
        if (this.isInText) break;
        continue;
      }
      at += 1;
      if (byte === QUOTE) this.isInText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.depth -= 1;
      if ((this.depth === 1 && byte === COMMA) || this.depth === 0) {
        keep(items, bytes.toString('utf8', from, at - 1));
        from = at;
      }
    }
    this.isOver = this.depth === 0;
    this.bytes = from === bytes.length ? NO_BYTES : bytes.subarray(from);
    this.at = at - from;
    return this.isOver ? [...items, ...this.behindTheEnd()] : items;
  }

  /** Where the text ends: behind its quote, or where the bytes end, a backslash and what follows kept together. */
  private leaveText(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === BACKSLASH) {
        if (at + 1 === bytes.length) return at;
        at += 1;
      } else if (byte === QUOTE) {
        this.isInText = false;
        return at + 1;
      }
    }
    return bytes.length;
  }

  private behindTheEnd(): readonly string[] {
    if (this.bytes.some((byte) => !isBlank(byte))) throw new WireFault('something follows the list');
    this.bytes = NO_BYTES;
    return [];
  }
}

function keep(items: string[], text: string): void {
  if (text.trim() !== '') items.push(text);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
