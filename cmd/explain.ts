import { pickOptions, CONSUL_FLAGS, NOMAD_FLAGS } from '../src/config/options.ts';
import { plain } from '../src/domain/plain.ts';
import { didYouMean } from '../src/domain/suggest.ts';
import type { Command, CommandContext } from './command.ts';
import { evaluateOnce } from './explain/evaluate-once.ts';
import { type Explanation, explanationShape } from './explain/explanation.ts';
import { explainFromAgents } from './explain/from-agents.ts';
import { printExplanation } from './explain/print-explanation.ts';
import { type LoadedConfig, loadConfigOrPrint } from './load-config.ts';
import { orWhyNot } from './look/or-why-not.ts';

/** Asks the agent that acts; evaluates once itself where none answers. Reads only. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'Say why a task group or pool was scaled or not, and what would change that',
  options: [
    ...pickOptions('json', 'last', 'http_address', 'bind_address', 'http_port', 'group'),
    ...CONSUL_FLAGS,
    ...NOMAD_FLAGS,
  ],
  words: ['id'],
  exits: {
    0: 'explained',
    1: 'there is nothing of that id, or neither an agent nor Nomad and Consul answer',
  },
  run: async (context) => {
    const [id] = context.words;
    if (id === undefined || id === '')
      return refuse(context, 'name a task group (<job>/<group>), a job or a worker pool');
    const loaded = await loadConfigOrPrint(context);
    return loaded === undefined ? 1 : explain(context, loaded, id);
  },
};

async function explain(context: CommandContext, loaded: LoadedConfig, id: string): Promise<number> {
  const answer = await orWhyNot(() => find(context, loaded, id), 'no agent answers that has decided');
  if (typeof answer === 'string') return refuse(context, answer);
  if ('known' in answer) return refuse(context, unknownId(id, answer.known));
  if (context.flags.get('json')) context.terminal.out(JSON.stringify(explanationShape.encode(answer)));
  else printExplanation(answer, context);
  return 0;
}

/** The explanation, or the ids that there are. */
async function find(
  context: CommandContext,
  loaded: LoadedConfig,
  id: string,
): Promise<Explanation | { readonly known: readonly string[] }> {
  const { flags } = context;
  const wanted = { id, last: flags.get('last'), address: flags.get('http_address') ?? '' };
  return (await explainFromAgents(loaded, wanted)) ?? evaluateOnce(context, loaded, id);
}

/** Ids that a job's name may stand for are named, else the nearest. */
function unknownId(id: string, known: readonly string[]): string {
  const ofJob = known.filter((one) => one.startsWith(`${id}/`));
  if (ofJob.length > 1) return `${plain(id)} has several task groups: ${ofJob.map(plain).join(', ')}`;
  return `there is no task group and no worker pool ${plain(id)}${plain(didYouMean(id, known))}`;
}

function refuse({ terminal }: CommandContext, why: string): 1 {
  terminal.err(`replicator explain: ${why}`);
  return 1;
}
