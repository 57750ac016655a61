import type { Setting } from './setting.ts';

/** What each place gave. Of the documents a later one wins. */
export interface Layers {
  readonly flags: readonly Setting[];
  readonly documents: readonly (readonly Setting[])[];
  readonly environment: readonly Setting[];
}

/** The precedence, as people are told it; `mergeLayers` is the only place that applies it. */
export const PRECEDENCE = [
  'flags',
  'files, of which a later one wins',
  'environment variables',
  'defaults',
] as const;

/** For each option that was given, the setting that holds. Defaults are not among them. */
export function mergeLayers({ flags, documents, environment }: Layers): ReadonlyMap<string, Setting> {
  const lowestFirst = [environment, ...documents, flags].flat();
  return new Map(lowestFirst.map((setting) => [setting.key, setting]));
}
