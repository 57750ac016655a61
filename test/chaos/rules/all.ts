import type { Digest } from '../digest.ts';
import type { Violation } from '../run-record.ts';
import { checkBounds, checkMeasured } from './counts.ts';
import { checkFlags, checkFrozen, checkIntents, checkStill } from './intents.ts';
import { checkFence, checkForeignLock, checkLock, checkOrder } from './lock.ts';
import { checkCounters, checkOnce, checkRecorded, checkServed } from './operations.ts';
import {
  checkCapacity,
  checkLastLook,
  checkPoolMeasured,
  checkPoolRecorded,
  checkTerminations,
} from './pools.ts';
import { checkProcesses, checkSettled, checkVitals } from './processes.ts';

/** Every rule, in the order in which a reader wants to hear of them. */
const RULES: readonly ((digest: Digest) => Violation[])[] = [
  checkLock,
  checkOrder,
  checkFence,
  checkForeignLock,
  checkIntents,
  checkFlags,
  checkFrozen,
  checkStill,
  checkBounds,
  checkMeasured,
  checkOnce,
  checkRecorded,
  checkCounters,
  checkCapacity,
  checkTerminations,
  checkLastLook,
  checkPoolMeasured,
  checkPoolRecorded,
  checkServed,
  checkProcesses,
  checkVitals,
  checkSettled,
];

/** What was broken, oldest first. */
export function checkAll(digest: Digest): readonly Violation[] {
  return RULES.flatMap((rule) => rule(digest)).toSorted((one, other) => one.atMs - other.atMs);
}
