/** Conversations that earlier versions kept in files here go to the server of conversations. */
import { textOf } from '../../command/catalogue.ts'
import { conversationIn } from '../../command/chat/conversations.ts'
import {
  noteTaken,
  type OldConversation,
  oldConversations,
  oldNames,
  putAside,
} from '../../command/chat/old-conversations.ts'
import { CliError } from '../../command/cli-error.ts'
import type { GatewayLink } from '../../command/link.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { isRecord, parsedJson } from '../../protocol/values.ts'
import { DRAFTS, draftIn, draftName } from '../model/draft.ts'
import type { Imports } from '../model/effects.ts'
import { resultOf } from './calls.ts'
import type { Storage } from './storage.ts'

const IMPORT_TOOL = 'chat_import_conversation'

/** What is in `state`, each file once. One that the server does not take stays there, and is told of once. Rejects where the gateway is away. */
export async function importOld(
  link: GatewayLink,
  state: string,
  storage: Storage,
  signal: AbortSignal,
): Promise<Imports> {
  let taken = 0
  const untold = new Set(oldNames(state, { isNew: true }))
  const failed = new Map<string, string>()
  for await (const old of oldConversations(state, oldNames(state)))
    try {
      const isNew = await take(old, link, storage, signal)
      if (isNew === undefined) continue
      if (isNew) taken++
      putAside(state, old.name)
    } catch (error) {
      if (!(error instanceof CliError) || error.outcome !== 'failed') throw error
      if (untold.has(old.name)) failed.set(old.name, `${old.origin} was not taken over: ${error.message}`)
    }
  if (failed.size > 0) noteTaken(state, [...failed.keys()])
  return { taken, problems: [...failed.values()] }
}

/** Whether it is new to the server; undefined for what is no conversation. What was only typed is a draft here, as it was. */
async function take(
  { document, origin }: OldConversation,
  link: GatewayLink,
  storage: Storage,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const value = parsedJson(document)
  if (!isRecord(value) || !Array.isArray(value.turns)) return undefined
  const call = { name: IMPORT_TOOL, arguments: { document, origin } }
  const told = value.turns.length > 0 ? await imported(call, link, signal) : {}
  const name = draftName(conversationIn(told.conversation)?.id)
  const draft = draftIn(value)
  if (draft.text !== '' && storage.recall(DRAFTS, name) === undefined) storage.keep(DRAFTS, name, draft)
  return told.isNew === true
}

async function imported(
  call: { name: string; arguments: Record<string, unknown> },
  link: GatewayLink,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const result = resultOf(IMPORT_TOOL, await link.request(METHOD.callTool, call, { signal }))
  if (result.isError) throw new CliError('failed', textOf(result))
  return isRecord(result.structuredContent) ? result.structuredContent : {}
}
