import type { Setting } from './setting.ts';

/** What each place gave. Of the documents a later one wins. */
export interface Layers {
  readonly flags: readonly Setting[];
  readonly documents: readonly (readonly Setting[])[];
  readonly environment: readonly Setting[];
  /** What is stored for the agent's group. */
  readonly stored?: readonly Setting[] | undefined;
}

/** The precedence, as people are told it; `mergeLayers` is the only place that applies it. */
export const PRECEDENCE = [
  'in a group, what is stored for it',
  'flags',
  'files, of which a later one wins',
  'environment variables',
  'defaults',
] as const;

/** For each option that was given, the setting that holds. Defaults are not among them. */
export function mergeLayers({
  flags,
  documents,
  environment,
  stored = [],
}: Layers): ReadonlyMap<string, Setting> {
  const lowestFirst = [environment, ...documents, flags, stored].flat();
  return new Map(lowestFirst.map((setting) => [setting.key, setting]));
}
