import { buffer } from 'node:stream/consumers';
import type { FileContent } from '../../src/config/contents.ts';
import { listFiles, readBytes, readText } from '../load-config.ts';

/** A document to validate, or why it cannot be read. */
export interface Input {
  readonly file: string;
  readonly content: FileContent;
  /** True for a file that nobody has named: one of a directory. */
  readonly isFound: boolean;
}

const DOCUMENTS = /\.(?:hcl|json|nomad)$/;

/** What the words of the command name: files, directories (the .hcl, .json and .nomad files in them), `-` for standard input. */
export async function readInputs(words: readonly string[]): Promise<readonly Input[]> {
  return (await Promise.all([...new Set(words)].map(readInput))).flat();
}

async function readInput(word: string): Promise<readonly Input[]> {
  if (word === '-') {
    const content = await readBytes(() => buffer(process.stdin));
    return [{ file: '(standard input)', content, isFound: false }];
  }
  const listed = await listFiles(word, DOCUMENTS);
  if ('message' in listed) return [failed(word, listed.message)];
  if (listed.length === 0) return [failed(word, 'there is no .hcl, .json or .nomad file in this directory')];
  const isFound = listed[0] !== word;
  return Promise.all(listed.map(async (file) => ({ file, content: await readText(file), isFound })));
}

function failed(file: string, message: string): Input {
  return { file, content: { kind: 'fault', message }, isFound: false };
}
