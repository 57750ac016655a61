import { spawn } from 'node:child_process';
import { childEnvironment, killChildren, track, within } from './children.ts';

/** What a page tells its reader to type, and what it says that is answered; undefined: nothing to look at. */
export interface ShellStep {
  readonly commands: string;
  readonly answer: string | undefined;
}

/** The blocks `sh` of a section, each with the block `text` that follows it. */
export function shellSteps(page: string, heading: string): readonly ShellStep[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
  return blocks.flatMap(([, kind, text = ''], at) => {
    if (kind !== 'sh') return [];
    const next = blocks[at + 1];
    return [{ commands: text, answer: next?.[1] === 'text' ? next[2] : undefined }];
  });
}

/** True when a text is what a page says; `…` there stands for anything on its line. */
export function isAnswer(text: string, answer: string): boolean {
  const lines = answer.trimEnd().split('\n').map(toPattern);
  return new RegExp(`^${lines.join('\n')}$`).test(text.trimEnd());
}

function toPattern(line: string): string {
  return line
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
}

/** A shell to which commands are given one after the other. */
export interface Shell {
  /** Both streams of what they wrote; rejects when they take longer than `timeoutMs`. */
  run(commands: string, timeoutMs: number): Promise<string>;
  /** Kills it; what it has begun in the background lives on. */
  kill(): Promise<void>;
}

const END = 'commands-are-over';

/** Opens a bash in a folder. */
export function openShell(folder: string, env: Readonly<Record<string, string>>): Shell {
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env: childEnvironment(env) });
  track(child, 'bash', 'program');
  let read = '';
  let heard = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    read += chunk;
    heard();
  });
  child.stdin.write('exec 2>&1\n');
  return {
    run: async (commands, timeoutMs) => {
      read = '';
      const over = new Promise<true>((resolve) => {
        heard = () => read.endsWith(`${END}\n`) && resolve(true);
      });
      child.stdin.write(`${commands}\necho ${END}\n`);
      if ((await within(over, timeoutMs)) === undefined) {
        throw new Error(`not over within ${timeoutMs} ms:\n${commands}\nit wrote:\n${read}`);
      }
      return read.slice(0, -END.length - 1);
    },
    kill: () => killChildren([child]),
  };
}
