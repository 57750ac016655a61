import type { CommandRow } from './command.ts';

/** The commands, in the order in which they are listed. Each is loaded only when it is run. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'agent',
    summary: 'Run the agent until it is told to stop',
    load: async () => (await import('./agent.ts')).agentCommand,
  },
  {
    name: 'failsafe',
    summary: 'Set or reset failsafe mode, of one resource or of everything',
    load: async () => (await import('./failsafe.ts')).failsafeCommand,
  },
  {
    name: 'init',
    summary: 'Write an example job file and an example client configuration',
    load: async () => (await import('./init.ts')).initCommand,
  },
  {
    name: 'validate',
    summary: 'Check job files, Nomad client configurations and configurations of agents',
    load: async () => (await import('./validate.ts')).validateCommand,
  },
  {
    name: 'check',
    summary: 'Say whether Nomad, Consul and AWS give an agent what it needs',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  {
    name: 'plan',
    summary: 'Show what an agent would do now, and why; change nothing',
    load: async () => (await import('./plan.ts')).planCommand,
  },
  {
    name: 'demo',
    summary: 'Run the agent against a simulated cluster and show what it does',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'simulate',
    summary: 'Serve a simulated Nomad, Consul and AWS on this machine',
    load: async () => (await import('./simulate.ts')).simulateCommand,
  },
  {
    name: 'version',
    summary: 'Print the version',
    load: async () => (await import('./version.ts')).versionCommand,
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands and flags in the shell',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
];
