import { plain } from '../../src/domain/plain.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { AgentSilence } from './ask-agent.ts';

/** What is seen, or one line about why nothing is; `silence` says what the agents did not. */
export async function orWhyNot<T>(look: () => Promise<T>, silence = 'no agent answers'): Promise<T | string> {
  try {
    return await look();
  } catch (error) {
    if (isPortError(error)) return `${silence}, and ${plain(error.message)}`;
    if (error instanceof AgentSilence) return plain(error.message);
    throw error;
  }
}
