/** What an id stands for among the known ones: itself, or a job's only task group. */
export function matchId(id: string, known: readonly string[]): string | undefined {
  if (known.includes(id)) return id;
  const ofJob = known.filter((one) => one.startsWith(`${id}/`) && !one.slice(id.length + 1).includes('/'));
  return ofJob.length === 1 ? ofJob[0] : undefined;
}
