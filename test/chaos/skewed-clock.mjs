// Loaded into an agent's process before the program: gives it a wall clock of its own, as on a machine whose clock is
// set. The file named by CHAOS_CLOCK_FILE holds by how many milliseconds it is ahead; it is read again and again.
import { readFileSync } from 'node:fs';

const file = process.env['CHAOS_CLOCK_FILE'] ?? '';
const realNow = Date.now.bind(Date);
let aheadMs = 0;

function readAhead() {
  try {
    aheadMs = Number(readFileSync(file, 'utf8'));
  } catch {
    aheadMs = 0;
  }
}

const now = () => realNow() + aheadMs;

/** `new Date()` goes by the set clock; `new Date(…)` of something is what it always was. */
const SkewedDate = new Proxy(Date, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});

if (file !== '') {
  readAhead();
  Reflect.set(globalThis, 'Date', SkewedDate);
  setInterval(readAhead, 50).unref();
}
