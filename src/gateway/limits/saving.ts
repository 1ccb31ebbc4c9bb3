/** Writes the counts of requests down while the gateway runs. */

/**
 * Saves every `everyMs`, which is as much as a killed process forgets. Gives what ends it, with one saving more.
 * Of failures in a row `onProblem` is told the first: a full disk lasts, and stops no calls.
 */
export function saveEvery(
  everyMs: number,
  save: () => void,
  onProblem: (error: unknown) => void,
): () => void {
  let failing = false
  const attempt = () => {
    try {
      save()
      failing = false
    } catch (error) {
      if (!failing) onProblem(error)
      failing = true
    }
  }
  const timer = setInterval(attempt, everyMs).unref()
  return () => {
    clearInterval(timer)
    attempt()
  }
}
