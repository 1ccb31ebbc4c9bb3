/** Writes the counts of requests down while the gateway runs. */

/**
 * Saves every `everyMs`, which is as much as a killed process forgets; a saving that takes longer is waited for. Gives what ends
 * it, with one saving more. Of failures in a row `onProblem` is called with the first: a full disk lasts, and stops no calls.
 */
export function saveEvery(
  everyMs: number,
  save: () => Promise<void>,
  onProblem: (error: unknown) => void,
): () => Promise<void> {
  let failing = false
  let running: Promise<void> | undefined
  const attempt = async () => {
    try {
      await save()
      failing = false
    } catch (error) {
      if (!failing) onProblem(error)
      failing = true
    }
    running = undefined
  }
  const timer = setInterval(() => {
    running ??= attempt()
  }, everyMs).unref()
  return async () => {
    clearInterval(timer)
    await running
    await attempt()
  }
}
