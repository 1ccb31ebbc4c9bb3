/** Repeats what failed in a way that passes, with growing pauses, or after the pause that the provider asks for. */
import { isPassing, type ProviderFailure } from './failure.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8000
/** A provider that asks for a longer pause is not waited for: another one may answer meanwhile. */
const PATIENCE_MS = 20_000

export interface Pauses {
  /** Rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to 1, so that callers that failed together do not try again together. */
  random(): number
}

/** Gives what `attempt` gives; `attempt` must throw a ProviderFailure. Throws the last one. */
export async function withRetries<T>(
  retries: number,
  signal: AbortSignal,
  { wait, random }: Pauses,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      const failure = error as ProviderFailure
      if (n >= retries || !isPassing(failure)) throw failure
      const pause = failure.retryAfterMs ?? backOff(n, random())
      if (pause > PATIENCE_MS) throw failure
      await wait(pause, signal)
    }
  }
}

/** From three quarters of the pause to all of it. */
const backOff = (n: number, random: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** n, LONGEST_PAUSE_MS) * (1 - random / 4)
