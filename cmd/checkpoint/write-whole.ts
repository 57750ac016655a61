import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file that is there whole or not at all. Answers why it was not written: it exists already and may not be
 * replaced, or the system's reason.
 */
export async function writeWhole(
  path: string,
  text: string,
  mayReplace: boolean,
): Promise<string | undefined> {
  const target = mayReplace ? `${path}.${process.pid}.part` : path;
  try {
    await writeFile(target, text, { flag: mayReplace ? 'w' : 'wx' });
    if (mayReplace) await rename(target, path);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'EEXIST') return `${path}: exists already; -force replaces it`;
    await rm(target, { force: true }).catch(() => undefined);
    return `${path}: cannot be written (${code})`;
  }
}
