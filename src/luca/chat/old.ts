/** What the full-screen interface kept in files of its own is taken in, by itself once. */
import { noteTaken, oldConversations, oldNames } from '../../command/chat/old-conversations.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { defaultState } from '../../command/installation.ts'
import { writeLine } from '../../command/output.ts'
import { askImport } from './ask.ts'

/** What became of some of them. */
export interface TakenIn {
  /** Ids of those that are there now. */
  imported: string[]
  failed: { origin: string; why: string }[]
}

export async function takeIn(context: Context, names: readonly string[]): Promise<TakenIn> {
  const taken: TakenIn = { imported: [], failed: [] }
  for await (const { origin, document } of oldConversations(defaultState(context.io.env), names))
    try {
      const { value } = await askImport(context, { origin, document })
      if (value.isNew) taken.imported.push(value.conversation.id)
    } catch (error) {
      if (!(error instanceof CliError) || error.outcome !== 'failed') throw error
      taken.failed.push({ origin, why: error.message })
    }
  return taken
}

/** Before conversations are listed or searched, so that none is missed there. */
export async function takeInNew(context: Context): Promise<void> {
  const state = defaultState(context.io.env)
  const names = oldNames(state, { isNew: true })
  if (names.length === 0) return
  const { imported } = await takeIn(context, names)
  noteTaken(state, names)
  const count = imported.length
  if (count === 0) return
  const what = count === 1 ? '1 conversation' : `${count} conversations`
  writeLine(context.io.stderr, `${what} of the full-screen interface ${count === 1 ? 'is' : 'are'} imported.`)
}
