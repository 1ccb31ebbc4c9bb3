/** How many requests and tokens were used, which is written down while the gateway runs. */
import type { Logger } from '../host/log.ts'
import { RateWindows } from './limits/rate-windows.ts'
import { saveEvery } from './limits/saving.ts'
import { TokenUsage } from './llm/token-usage.ts'
import type { CountStore } from './state/counts.ts'

/** How much of them a killed gateway may forget, in milliseconds. */
const SAVE_EVERY_MS = 1000

export interface Counts {
  rates: RateWindows
  usage: TokenUsage
  /** Writes them down once more. */
  close(): Promise<void>
}

export function openCounts(store: CountStore, log: Pick<Logger, 'warn'>): Counts {
  const rates = new RateWindows({ load: () => store.rates(), save: (windows) => store.saveRates(windows) })
  const usage = new TokenUsage({
    load: (day) => store.tokenUsage(day),
    save: (used) => store.saveTokenUsage(used),
  })
  const ends = [
    saveEvery(
      SAVE_EVERY_MS,
      () => rates.save(),
      (err) =>
        log.warn(
          { err },
          'the counts of requests could not be written down; a restart forgets them until they are',
        ),
    ),
    saveEvery(
      SAVE_EVERY_MS,
      () => usage.save(),
      (err) =>
        log.warn({ err }, 'the use of tokens could not be written down; a restart forgets it until it is'),
    ),
  ]
  return {
    rates,
    usage,
    async close() {
      for (const end of ends) await end()
    },
  }
}
