import { runCli } from '../../cmd/cli.ts';

/** How a command ended and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The same as the built program, without the cost of a process; `columns`: as on a terminal of that width. */
export async function runInProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  columns?: number,
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(`${text}\n`),
    err: (text: string) => void err.push(`${text}\n`),
    isInteractive: false,
    columns,
    ask: () => Promise.resolve(undefined),
  };
  const code = await runCli(argv, { terminal, environment });
  return { code, stdout: out.join(''), stderr: err.join('') };
}
