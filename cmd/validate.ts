import { pickOptions } from '../src/config/options.ts';
import { checkDocument, type DocumentReport } from '../src/config/validate/check-document.ts';
import { documentKind, type DocumentKind } from '../src/config/validate/document-kind.ts';
import type { Command, CommandContext } from './command.ts';
import { createHcl2Reader } from './validate/read-hcl2.ts';
import { type Input, readInputs } from './validate/read-inputs.ts';
import { hasFault, printReports, reportsAsJson } from './validate/print-reports.ts';

/** Reads files only: no server is asked. Exit code 1 when there is a fault. */
export const validateCommand: Command = {
  name: 'validate',
  summary: 'Check job files, Nomad client configurations and configurations of agents',
  options: pickOptions('kind', 'json'),
  words: ['file'],
  repeatsLastWord: true,
  exits: { 0: 'no fault; warnings and notices are none', 1: 'a fault, or a file that cannot be read' },
  run: async (context) => {
    if (context.words.length > 0) return validate(context);
    context.terminal.err(
      'replicator validate: name the files or directories to check, or - for standard input',
    );
    return 1;
  },
};

async function validate({ words, flags, terminal, environment }: CommandContext): Promise<number> {
  const kind = documentKind(flags.get('kind') ?? '');
  const readHcl2 = createHcl2Reader();
  const inputs = await readInputs(words);
  const reports = inputs.map((input) => check(input, { kind, readHcl2 }));
  if (flags.get('json')) terminal.out(reportsAsJson(reports));
  else printReports(reports, { terminal, environment });
  return reports.some(hasFault) ? 1 : 0;
}

function check(
  { file, content, isFound }: Input,
  how: { readonly kind: DocumentKind | undefined; readonly readHcl2: (text: string) => unknown },
): DocumentReport {
  if (content.kind === 'fault') {
    const { message } = content;
    return { file, kind: how.kind, syntax: undefined, findings: [{ severity: 'fault', file, message }] };
  }
  const report = checkDocument({ ...how, file, text: content.text });
  return isFound && isOfNoKind(report) ? leftOut(report) : report;
}

function isOfNoKind({ kind, findings }: DocumentReport): boolean {
  return kind === undefined && findings.every(({ column }) => column === undefined);
}

/** Of a directory only those files count that say what they are. */
function leftOut(report: DocumentReport): DocumentReport {
  const message = 'left out: nothing in it tells what it is; name it, with -kind';
  return { ...report, findings: [{ severity: 'notice', file: report.file, message }] };
}
