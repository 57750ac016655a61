import { lstat, rm, writeFile } from 'node:fs/promises';
import { pickOptions } from '../src/config/options.ts';
import type { Values } from '../src/config/values.ts';
import type { Command } from './command.ts';
import { CLUSTER_TEMPLATE, JOB_TEMPLATE, type Template } from './init/templates.ts';

/** Writes examples into the current directory, never over a file: all that were asked for, or none. */
export const initCommand: Command = {
  name: 'init',
  summary: 'Write an example job file and an example client configuration',
  options: pickOptions('job_scaling', 'cluster_scaling'),
  exits: { 0: 'written', 1: 'nothing was written: a file of that name is there, or cannot be made' },
  run: async ({ flags, terminal }) => {
    const templates = chooseTemplates(flags);
    const faults = await writeTemplates(templates);
    for (const fault of faults) terminal.err(`replicator init: ${fault}; nothing was written`);
    if (faults.length > 0) return 1;
    for (const { file, use } of templates) terminal.out(`${file} written: ${use}`);
    return 0;
  },
};

function chooseTemplates(flags: Values): readonly Template[] {
  const job = flags.get('job_scaling');
  const cluster = flags.get('cluster_scaling');
  return [...(job || !cluster ? [JOB_TEMPLATE] : []), ...(cluster || !job ? [CLUSTER_TEMPLATE] : [])];
}

/** Answers what stands in the way, with nothing written; or nothing. */
async function writeTemplates(templates: readonly Template[]): Promise<readonly string[]> {
  const isThere = await Promise.all(templates.map(({ file }) => exists(file)));
  const taken = templates.filter((_, index) => isThere[index]);
  if (taken.length > 0) return taken.map(({ file }) => `${file} exists already, in ${process.cwd()}`);
  const ours: string[] = [];
  for (const { file, text } of templates) {
    try {
      await writeFile(file, text, { flag: 'wx' });
      ours.push(file);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') ours.push(file);
      await Promise.all(ours.map((one) => rm(one, { force: true })));
      return [`${file} cannot be written (${codeOf(error)})`];
    }
  }
  return [];
}

/** A link that leads nowhere is there as well. */
async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
