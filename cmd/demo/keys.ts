/** What is needed of a terminal's input. */
export interface KeyStream {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const CTRL_C = '\u0003';

/** Reads keys one by one, none of them shown, until the answer is called; `quit` is told of q and Ctrl-C. */
export function listenForKeys(input: KeyStream, quit: () => void): () => void {
  if (input.isTTY !== true) return () => undefined;
  const onData = (chunk: Buffer): void => {
    const keys = chunk.toString('utf8');
    if (/^q/i.test(keys) || keys.includes(CTRL_C)) quit();
  };
  input.setRawMode?.(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode?.(false);
    input.pause();
  };
}
