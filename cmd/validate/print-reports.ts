import type { Environment } from '../../src/config/env.ts';
import type { DocumentReport } from '../../src/config/validate/check-document.ts';
import { DOCUMENT_KINDS } from '../../src/config/validate/document-kind.ts';
import { type Finding, formatFinding, type Severity } from '../../src/config/validate/finding.ts';
import { span, type Style } from '../demo/text.ts';
import { alignRows } from '../print/table.ts';
import { printLine } from '../print/print-line.ts';
import type { Terminal } from '../terminal.ts';

/** True when something in the document will not work. */
export function hasFault({ findings }: DocumentReport): boolean {
  return findings.some(({ severity }) => severity === 'fault');
}

const STYLES: Readonly<Record<Severity, Style>> = { fault: 'high', warning: 'warn', notice: 'faint' };

/** One line for each finding, then one for each document. */
export function printReports(
  reports: readonly DocumentReport[],
  at: { readonly terminal: Terminal; readonly environment: Environment },
): void {
  const findings = reports.flatMap((report) => report.findings);
  for (const finding of findings) printLine([span(formatFinding(finding), STYLES[finding.severity])], at);
  if (findings.length > 0) at.terminal.out('');
  const rows = reports.map((report) => [
    span(report.file),
    span(whatOf(report), 'faint'),
    span(resultOf(report), hasFault(report) ? 'high' : 'good'),
  ]);
  for (const row of alignRows(rows)) printLine(row, at);
}

function whatOf({ kind, syntax }: DocumentReport): string {
  const name = kind === undefined ? 'unknown' : DOCUMENT_KINDS[kind];
  return syntax === undefined ? name : `${name}, ${syntax}`;
}

function resultOf({ findings }: DocumentReport): string {
  const count = (severity: Severity): string => {
    const number = findings.filter((one) => one.severity === severity).length;
    return number === 0 ? '' : `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  const counts = [count('fault'), count('warning'), count('notice')].filter((text) => text !== '');
  return counts.length === 0 ? 'ok' : counts.join(', ');
}

/** The same for programs, on one line. */
export function reportsAsJson(reports: readonly DocumentReport[]): string {
  return JSON.stringify({
    ok: !reports.some(hasFault),
    files: reports.map(({ file, kind, syntax, findings }) => ({
      file,
      kind: kind ?? null,
      syntax: syntax ?? null,
      findings: findings.map(findingAsJson),
    })),
  });
}

function findingAsJson({ severity, line, column, key, message }: Finding) {
  return { severity, line, column, key, message };
}
