import { setFlagsFromString } from 'node:v8';

/** Garbage is collected when the heap has grown by so much since the last time. */
const GROWTH_PERCENT = 30;

/**
 * Keeps this process small: on a machine with much memory V8 lets garbage grow to four times of what is used
 * before it collects any. Costs a little CPU.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
