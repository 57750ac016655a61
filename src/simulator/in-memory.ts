export { axiosAdapterFor } from './in-memory-axios.ts';
export type { InMemoryOptions } from './in-memory-axios.ts';
export { agentFor } from './in-memory-agent.ts';
export { sdkHandlerFor } from './in-memory-sdk.ts';
export type { SdkRequestHandler } from './in-memory-sdk.ts';
