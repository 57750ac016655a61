import { hostname } from 'node:os';
import { plan, type Plan } from '../src/agent/plan.ts';
import type { Config } from '../src/config/config.ts';
import { formatFault } from '../src/config/fault.ts';
import { CONSUL_FLAGS, NOMAD_FLAGS, pickOptions } from '../src/config/options.ts';
import { isPortError } from '../src/ports/port-error.ts';
import { settingsOf } from './agent/settings.ts';
import type { Command, CommandContext } from './command.ts';
import { plain } from '../src/domain/plain.ts';
import { type LoadedConfig, loadConfigOrPrint } from './load-config.ts';
import { loadInForce } from './load-in-force.ts';
import { planAsJson } from './plan/plan-as-json.ts';
import { printPlan } from './plan/print-plan.ts';
import { identityOf, wirePorts } from './wire.ts';

/** Evaluates everything once by the judgement of the agents. No request of it changes anything. */
export const planCommand: Command = {
  name: 'plan',
  summary: 'Show what an agent would do now, and why; change nothing',
  options: [
    ...pickOptions('json', 'job_scaling_disable', 'cluster_scaling_disable', 'group'),
    ...CONSUL_FLAGS,
    ...NOMAD_FLAGS,
  ],
  exits: { 0: 'evaluated, whatever the decisions are', 1: 'Nomad or Consul cannot be read' },
  run: async (context) => {
    const loaded = await loadConfigOrPrint(context);
    return loaded === undefined ? 1 : runPlan(context, loaded);
  },
};

async function runPlan(context: CommandContext, loaded: LoadedConfig): Promise<number> {
  const { terminal, flags } = context;
  const answer = await makePlan(context, loaded);
  if (Array.isArray(answer)) {
    for (const line of answer) terminal.err(`replicator plan: ${line}`);
    return 1;
  }
  if (flags.get('json')) terminal.out(planAsJson(answer));
  else printPlan(answer, context);
  return 0;
}

/** The plan, or why there is none. */
async function makePlan(context: CommandContext, loaded: LoadedConfig): Promise<Plan | string[]> {
  try {
    const inForce = await loadInForce(loaded);
    if (inForce.kind === 'faults') return inForce.faults.map(formatFault);
    return await planWith(context, inForce.config);
  } catch (error) {
    if (!isPortError(error)) throw error;
    return [plain(error.message)];
  }
}

async function planWith({ environment }: CommandContext, config: Config): Promise<Plan> {
  const ports = await wirePorts(config, { rate: undefined, observe: undefined });
  const settings = settingsOf(config);
  const identity = identityOf(config, { name: hostname(), environment });
  try {
    return await plan({ ...ports, identity, settings: () => settings }, new AbortController().signal);
  } finally {
    await ports.close();
  }
}
