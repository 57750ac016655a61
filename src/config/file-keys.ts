import { OPTIONS, flagName, secretFileRow } from './options.ts';
import type { OptionRow } from './options/row.ts';
import { didYouMean } from '../domain/suggest.ts';

/** What a key of a file stands for. */
export interface FileKey {
  readonly row: OptionRow;
  /** How its value is written: `row`, or the row of the path when the secret is in a file of its own. */
  readonly valueRow: OptionRow;
}

export type BlockName = NonNullable<OptionRow['block']>;

const BLOCKS: readonly BlockName[] = ['telemetry', 'notification'];

export function isBlockName(key: string): key is BlockName {
  return BLOCKS.some((block) => block === key);
}

const FILE_KEYS: ReadonlyMap<string, FileKey> = new Map(
  OPTIONS.filter((row) => row.place === 'everywhere').flatMap(namesInFile),
);

function namesInFile(row: OptionRow): readonly (readonly [string, FileKey])[] {
  return [row.key, ...(row.fileAliases ?? [])].flatMap((name) => {
    const plain = [name, { row, valueRow: row }] as const;
    if (row.kind !== 'secret') return [plain];
    const valueRow = secretFileRow(row);
    return [plain, [`${name}_file`, { row, valueRow }] as const];
  });
}

/** The key as it may stand in that block (top level without), if it may. */
export function findFileKey(name: string, block: BlockName | undefined): FileKey | undefined {
  const key = FILE_KEYS.get(name);
  return key?.row.block === block ? key : undefined;
}

/** Why a name is not a key there, as helpfully as can be. */
export function explainUnknownKey(name: string, block: BlockName | undefined): string {
  const elsewhere = FILE_KEYS.get(name)?.row;
  if (elsewhere !== undefined) return `belongs ${placeOf(elsewhere.block)}, not ${placeOf(block)}`;
  if (block !== undefined && isBlockName(name)) return `belongs ${placeOf(undefined)}, not ${placeOf(block)}`;
  const row = OPTIONS.find((option) => option.key === name && option.section !== 'Command');
  if (row?.place === 'flag') return `cannot stand in a file; it is the flag -${flagName(row)}`;
  if (row?.place === 'env') return `cannot stand in a file; it is the variable ${row.env}`;
  return `unknown key${didYouMean(name, knownKeys(block))}`;
}

function placeOf(block: BlockName | undefined): string {
  return block === undefined ? 'at the top level' : `in the ${block} block`;
}

function knownKeys(block: BlockName | undefined): readonly string[] {
  const keys = [...FILE_KEYS].filter(([, key]) => key.row.block === block).map(([name]) => name);
  return block === undefined ? [...keys, ...BLOCKS] : keys;
}
