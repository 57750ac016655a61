/** What an answer to the question comes to; `exitCode` and what to say when it does not confirm. */
export type Answer =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'cancelled'; readonly exitCode: 0 | 1; readonly says: string };

/** Only an exact `y` confirms. The codes are those of the Go release; undefined: the input ended. */
export function readAnswer(line: string | undefined): Answer {
  if (line === 'y') return { kind: 'confirmed' };
  const first = line?.[0]?.toLowerCase();
  if (line === '' || first === 'n') return { kind: 'cancelled', exitCode: 0, says: 'Cancelled.' };
  const says = 'Cancelled: only an exact y confirms.';
  const isAlmost = first === 'y' && line !== undefined && line.length > 1;
  return { kind: 'cancelled', exitCode: isAlmost ? 0 : 1, says };
}
