import type { CommandRow } from './command.ts';

/** The commands, in the order in which they are listed. Each is loaded only when it is run. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'agent',
    summary: 'Run the agent until it is told to stop',
    load: async () => (await import('./agent.ts')).agentCommand,
  },
  {
    name: 'configure',
    summary: 'Store the configuration of a group of agents, or print it',
    load: async () => (await import('./configure.ts')).configureCommand,
  },
  {
    name: 'groups',
    summary: 'List the groups of agents that are stored in Consul',
    load: async () => (await import('./groups.ts')).groupsCommand,
  },
  {
    name: 'pause',
    summary: 'Stop all scaling until resume, and wait until nothing is sent any more',
    load: async () => (await import('./pause.ts')).pauseCommand,
  },
  {
    name: 'resume',
    summary: 'Go on after a pause',
    load: async () => (await import('./resume.ts')).resumeCommand,
  },
  {
    name: 'failsafe',
    summary: 'Set or reset failsafe mode, of one resource or of everything',
    load: async () => (await import('./failsafe.ts')).failsafeCommand,
  },
  {
    name: 'checkpoint-backup',
    summary: 'Write all state objects into a file',
    load: async () => (await import('./checkpoint-backup.ts')).checkpointBackupCommand,
  },
  {
    name: 'checkpoint-restore',
    summary: 'Put back the state objects of a backup',
    load: async () => (await import('./checkpoint-restore.ts')).checkpointRestoreCommand,
  },
  {
    name: 'checkpoint-clear',
    summary: 'Set counters, cooldowns and directions of all state objects back',
    load: async () => (await import('./checkpoint-clear.ts')).checkpointClearCommand,
  },
  {
    name: 'checkpoint-catch-up',
    summary: 'Forget everything observed before now: counters 0, cooldowns start now',
    load: async () => (await import('./checkpoint-catch-up.ts')).checkpointCatchUpCommand,
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
    name: 'status',
    summary: 'Show task groups and worker pools, what was last decided about them, and who leads',
    load: async () => (await import('./status.ts')).statusCommand,
  },
  {
    name: 'explain',
    summary: 'Say why a task group or a worker pool was scaled or not, and what would change that',
    load: async () => (await import('./explain.ts')).explainCommand,
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
