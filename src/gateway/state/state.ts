/**
 * The gateway's state that outlives it: gateway.db in its state folder. Each kind of thing that is kept has a store in a file
 * of its own: an interface whose reads are synchronous and whose writes give promises, and a function that makes it of the
 * database. Its tables are a step in steps.ts.
 *
 * A new kind is its file beside this one, a step at the end of `STEPS`, and a line in `State` and `openState`.
 */

import { UnusableFile } from '../../host/bounded-file.ts'
import { ConfigError } from '../../host/config/error.ts'
import { type Damage, type Database, openDatabase } from '../../host/database.ts'
import { type CountStore, countStore } from './counts.ts'
import { EndedTokens } from './ended-tokens.ts'
import { type EventStore, eventStore } from './events.ts'
import { STEPS } from './steps.ts'
import { type TokenStore, tokenStore } from './tokens.ts'
import { WakeStore } from './wakes.ts'

export interface State {
  readonly tokens: TokenStore
  readonly counts: CountStore
  readonly wakes: WakeStore
  readonly events: EventStore
  /** Files of it that were found damaged, and are kept. */
  damagedFiles(): string[]
  /** Rejects if the state can't be written. */
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the state in a folder; makes it if it is new. One that is damaged is put aside, and `onDamaged` is called: there is no
 * valid token then, so that none that had ended is accepted. Rejects with a ConfigError where something else than a file
 * is in its place.
 */
export async function openState(folder: string, onDamaged?: (damage: Damage) => void): Promise<State> {
  try {
    const database = await openDatabase({
      folder,
      name: 'gateway',
      steps: STEPS,
      ...(onDamaged && { onDamaged }),
    })
    return await openStores(database, folder)
  } catch (cause) {
    throw cause instanceof UnusableFile ? usable(cause) : cause
  }
}

async function openStores(database: Database, folder: string): Promise<State> {
  let reserve: EndedTokens | undefined
  try {
    reserve = reserveIn(folder)
  } catch (error) {
    await database.close()
    throw error
  }
  const tokens = tokenStore(database, reserve)
  // While the disk is still full, what the reserve holds counts all the same.
  await tokens.settle().catch(() => {})
  return {
    tokens,
    counts: countStore(database),
    wakes: new WakeStore(database),
    events: eventStore(database),
    damagedFiles: () => database.damagedFiles(),
    check: () => database.checkWritable(),
    async close() {
      await database.close()
      reserve?.close()
    },
  }
}

/**
 * A disk that is full already leaves no room for it; the gateway serves all the same, and makes it when it starts again. One that
 * is there and can't be read may name tokens that have ended, so that no token is accepted without it.
 */
function reserveIn(folder: string): EndedTokens | undefined {
  try {
    return new EndedTokens(folder)
  } catch (error) {
    if (error instanceof UnusableFile) throw error
    return undefined
  }
}

/** A file that can't be used, as a mistake in a configuration: it is a person's to mend. */
const usable = (cause: UnusableFile): ConfigError =>
  new ConfigError(
    `${cause.message} The gateway keeps its tokens there: put back the file that was there, or move away all of its folder, and it starts again, without tokens.`,
    { cause },
  )
