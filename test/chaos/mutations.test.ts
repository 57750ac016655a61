import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { edited } from './mutate.ts';
import { MUTATIONS } from './mutations.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const edits = MUTATIONS.flatMap(({ name, edits: all }) =>
  all.map((edit) => [name, edit.file, edit] as const),
);

test.each(edits)('the mutation %s still finds what it breaks in %s', (_name, file, edit) => {
  const before = readFileSync(join(root, file), 'utf8');
  expect(edited(before, edit)).not.toBe(before);
});
