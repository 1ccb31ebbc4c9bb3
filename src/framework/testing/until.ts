/** Waits for a condition, for ten seconds at most. */
import { setTimeout as delay } from 'node:timers/promises'

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await condition()) return
    await delay(10)
  }
  throw new Error(`Waited in vain until ${what}.`)
}
