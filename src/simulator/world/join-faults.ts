/** Faults joined as the servers join them. */
export function joinFaults(faults: readonly string[]): string {
  const title = faults.length === 1 ? '1 error occurred:' : `${faults.length} errors occurred:`;
  return `${title}\n${faults.map((fault) => `\t* ${fault}`).join('\n')}\n\n`;
}
