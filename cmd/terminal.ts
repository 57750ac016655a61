/** Where a command prints and asks. */
export interface Terminal {
  /** One line, or several, on standard output. */
  out(text: string): void;
  /** The same on standard error. */
  err(text: string): void;
  /** True when there is somebody to ask. */
  readonly isInteractive: boolean;
  /** Columns of the terminal; undefined when the output is none. */
  readonly columns: number | undefined;
  /** Asks and answers the line that was typed, undefined when the input ended. */
  ask(question: string): Promise<string | undefined>;
}

/** The terminal of this process. A reader of its output that has gone away is not an error. */
export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    ask,
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<undefined>((resolve) => {
    lines.once('close', () => resolve(undefined));
  });
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
