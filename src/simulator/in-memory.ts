export { axiosAdapterFor } from './in-memory-axios.ts';
export type { InMemoryOptions } from './in-memory-axios.ts';
export { agentFor } from './in-memory-agent.ts';
