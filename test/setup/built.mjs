// Before tests that run the built program: dist must be what the sources say.
import { build } from '../../cmd/bootstrap.mjs';

export async function setup() {
  if ((await build()) !== 0) throw new Error('the program does not build');
}
