/** Calls of the tools of conversations, for commands. */
import {
  type AnswerInfo,
  type ConversationInfo,
  type ConversationPage,
  conversationIn,
  conversationsIn,
  type HitInfo,
  hitsIn,
  pageIn,
} from '../../command/chat/conversations.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { patiently } from '../../command/output.ts'
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'
import { ask, type Told } from '../search/ask.ts'

export type { AnswerInfo, ConversationInfo, ConversationPage, HitInfo }

export const call = <T>(
  context: Context,
  what: string,
  tool: string,
  args: Record<string, unknown>,
  read: (value: unknown) => T | undefined,
): Promise<Told<T>> => patiently(context, () => what, ask(context, `chat_${tool}`, args, read))

export const askConversations = (context: Context, limit: number) =>
  call(context, 'asking for conversations', 'list_conversations', { limit }, conversationsIn)

export const askPage = (
  context: Context,
  conversation: string,
  args: { before?: number; limit: number; results?: boolean },
): Promise<Told<ConversationPage>> =>
  call(context, 'asking for it', 'get_conversation', { conversation, ...args }, pageIn)

export const askHits = (context: Context, text: string, limit: number): Promise<Told<HitInfo[]>> =>
  call(context, 'searching', 'search_conversations', { text, limit }, hitsIn)

export const askChanged = (
  context: Context,
  tool: string,
  args: Record<string, unknown>,
): Promise<Told<ConversationInfo>> => call(context, 'changing it', tool, args, conversationIn)

export const askExport = (context: Context, conversation: string, format: string, from: number) =>
  call(context, 'asking for it', 'export_conversation', { conversation, format, from }, (value) => {
    const content = isRecord(value) ? textIn(value.content) : undefined
    if (!isRecord(value) || content === undefined) return undefined
    return { content, next: isWhole(value.next, 0) ? value.next : undefined }
  })

export const askImport = (context: Context, args: { document: string; origin?: string }) =>
  call(context, 'importing it', 'import_conversation', args, (value) => {
    const conversation = isRecord(value) ? conversationIn(value.conversation) : undefined
    return isRecord(value) && conversation ? { conversation, isNew: value.isNew === true } : undefined
  })

export const askDelete = (context: Context, conversation: string): Promise<Told<string>> =>
  call(context, 'deleting it', 'delete_conversation', { conversation }, (value) =>
    isRecord(value) ? textIn(value.title) : undefined,
  )

export const askContext = (context: Context, args: { text?: string }): Promise<Told<string>> =>
  call(context, 'asking for it', 'personal_context', args, (value) =>
    isRecord(value) ? textIn(value.text) : undefined,
  )

/** The conversation in which something was said last. Throws a CliError where there is none. */
export async function lastConversation(context: Context): Promise<string> {
  const [last] = (await askConversations(context, 1)).value.conversations
  if (last) return last.id
  throw new CliError('failed', 'There is no conversation yet; "luca chat QUESTION" begins one.')
}
