import { plain } from '../../src/domain/plain.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { AgentSilence } from './ask-agent.ts';

/** What is seen, or one line about why nothing is. */
export async function orWhyNot<T>(look: () => Promise<T>): Promise<T | string> {
  try {
    return await look();
  } catch (error) {
    if (isPortError(error)) return `no agent answers, and ${plain(error.message)}`;
    if (error instanceof AgentSilence) return plain(error.message);
    throw error;
  }
}
