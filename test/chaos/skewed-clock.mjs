// Loaded into an agent's process before the program: gives it a wall clock of its own, as on a machine whose clock is
// set. The file named by CHAOS_CLOCK_FILE holds by how many milliseconds it is ahead; SIGUSR2 has it read again.
import { readFileSync } from 'node:fs';

const file = process.env['CHAOS_CLOCK_FILE'] ?? '';
const RealDate = Date;
let aheadMs = 0;

function readAhead() {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    aheadMs = 0;
  }
}

class SkewedDate extends RealDate {
  /** @param {any[]} parts */
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + aheadMs);
    else super(.../** @type {[number]} */ (parts));
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
}

if (file !== '') {
  readAhead();
  Reflect.set(globalThis, 'Date', SkewedDate);
  process.on('SIGUSR2', readAhead);
}
