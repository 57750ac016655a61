import { readHcl, readHclOutline } from '../hcl.ts';
import { readJson } from '../json.ts';
import type { ReadTree, TreeNode } from '../tree.ts';
import { applyHcl2 } from './apply-hcl2.ts';
import { checkAgent } from './check-agent.ts';
import { checkClient } from './check-client.ts';
import { checkJob } from './check-job.ts';
import { checkPool } from './check-pool.ts';
import { detectKind, type DocumentKind } from './document-kind.ts';
import { type Finding, Findings } from './finding.ts';
import { tellHcl1Alone, tellNoHcl2 } from './hcl2-faults.ts';

/** A document to be checked. */
export interface CheckedDocument {
  /** As it is to be called in findings. */
  readonly file: string;
  readonly text: string;
  /** Undefined: its content tells. */
  readonly kind: DocumentKind | undefined;
  /** HCL 2 → its values, undefined where it is none. Called only for what is no HCL 1. */
  readonly readHcl2: (text: string) => unknown;
}

/** What was found in a document. `kind` undefined: it is none that is known. */
export interface DocumentReport {
  readonly file: string;
  readonly kind: DocumentKind | undefined;
  readonly syntax: 'HCL 1' | 'HCL 2' | 'JSON' | undefined;
  readonly findings: readonly Finding[];
}

/** Checks one document: everything that is wrong with it, each with its line. */
export function checkDocument(document: CheckedDocument): DocumentReport {
  const { file } = document;
  const findings = new Findings(file);
  const text = document.text.replace(/^\uFEFF/, '');
  const isJson = /^\s*[{[]/.test(text);
  const outline = isJson ? readJson(text) : readHclOutline(text);
  const kind = document.kind ?? detectKind(outline.nodes);
  const report = (syntax: DocumentReport['syntax']): DocumentReport => ({
    file,
    kind,
    syntax,
    findings: findings.all,
  });
  if (kind === 'agent' || kind === 'group') {
    checkAgent({ text, file, scope: kind }, findings);
    return report(isJson ? 'JSON' : 'HCL 1');
  }
  if (kind === undefined) {
    tellUnknownKind(outline, findings);
    return report(undefined);
  }
  const read: Reading = isJson
    ? { syntax: 'JSON', ...outline }
    : readAsNomad({ ...document, text }, { kind, outline, findings });
  findings.addSyntaxFaults(read.faults);
  checkNodes(read.nodes, { kind, file, findings });
  return report(read.syntax);
}

type Reading = ReadTree & Pick<DocumentReport, 'syntax'>;

function tellUnknownKind({ nodes, faults }: ReadTree, findings: Findings): void {
  findings.addFaults(faults);
  if (faults.length > 0) return;
  const what = nodes.length === 0 ? 'it is empty' : 'nothing in it tells what it is';
  findings.add('fault', { line: 1 }, `${what}; say it with -kind`);
}

/** Nomad reads the configuration of its agents as HCL 1, and job files as HCL 2 since 1.0; before, as HCL 1. */
function readAsNomad(
  { text, readHcl2 }: CheckedDocument,
  of: { readonly kind: DocumentKind; readonly outline: ReadTree; readonly findings: Findings },
): Reading {
  const { kind, outline, findings } = of;
  const hcl1 = readHcl(text);
  const isHcl1 = hcl1.faults.length === 0 && !hcl1.nodes.some(isOfHcl2);
  if (kind !== 'job' || (isHcl1 && outline.faults.length === 0)) {
    if (kind === 'job') tellHcl1Alone(hcl1.nodes, findings);
    return { syntax: 'HCL 1', ...hcl1 };
  }
  if (outline.faults.length > 0) return { syntax: 'HCL 2', ...outline };
  const values = readHcl2(text);
  if (values === undefined) tellNoHcl2(outline, hcl1, findings);
  return { syntax: 'HCL 2', faults: [], nodes: applyHcl2(outline.nodes, values) };
}

/** Blocks that HCL 1 would read but only HCL 2 has a meaning for. */
function isOfHcl2({ key }: TreeNode): boolean {
  return key === 'variable' || key === 'variables' || key === 'locals';
}

function checkNodes(
  nodes: readonly TreeNode[],
  {
    kind,
    file,
    findings,
  }: { readonly kind: DocumentKind; readonly file: string; readonly findings: Findings },
): void {
  if (kind === 'job') checkJob(nodes, findings);
  if (kind === 'client') checkClient(nodes, findings);
  if (kind === 'pool') checkPool(nodes, poolNameOf(file), findings);
}

/** `pools/web.json` → `web` */
function poolNameOf(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.(?:json|hcl)$/, '') || 'pool';
}
