/** Makes what was said fit: what is attached gets its share, and older turns become a summary. */
import type { GatewayCalls, TokenCount } from '../../../protocol/define.ts'
import { CallError } from '../../../protocol/define.ts'
import type { Message, Options } from '../store/shapes.ts'
import type { Store } from '../store/store.ts'
import { longestFile, type PromptMessage, promptOf } from './prompt.ts'
import { KEPT_MESSAGES, summarise } from './summarise.ts'

/** How many messages are told at most. */
const MOST_MESSAGES = 200
/** Of files, where the model's context is not known; in characters. */
const FILE_CHARS = 40_000
/** What of the context the question with its files may take. */
const QUESTION_SHARE = 0.5
/** Where it is not known, in tokens. */
const ASSUMED_CONTEXT = 32_768

export interface PrepareOptions {
  store: Store
  gateway: Pick<GatewayCalls, 'chat' | 'countTokens'>
  /** The message that is answered. */
  question: Message
  options: Options
  /** What of the context all that was said may take. */
  share: number
  signal: AbortSignal
  now(): number
  onSummary(): void
}

export async function prepare(given: PrepareOptions): Promise<PromptMessage[]> {
  const { store, question, options } = given
  const personalContext = options.isImpersonal ? '' : store.personalContext
  const fileChars = await fittingFiles(given, personalContext)
  const build = () => {
    const messages = store.upTo(question.id, MOST_MESSAGES, { fromSummary: true })
    return { messages, prompt: promptOf({ personalContext, messages, fileChars }) }
  }
  const { messages, prompt } = build()
  if (messages.length <= KEPT_MESSAGES + 2) return prompt
  const counted = await count(given, prompt)
  const context = counted?.context ?? ASSUMED_CONTEXT
  if (!counted || counted.tokens <= context * given.share) return prompt
  return (await isSummarised(given, messages, context)) ? build().prompt : prompt
}

/** How much of each file there is room for, in characters. */
async function fittingFiles(given: PrepareOptions, personalContext: string): Promise<number> {
  const { question } = given
  const longest = Math.min(FILE_CHARS, longestFile(question))
  if (longest === 0) return FILE_CHARS
  const counted = await count(given, promptOf({ personalContext, messages: [question], fileChars: longest }))
  const room = (counted?.context ?? ASSUMED_CONTEXT) * QUESTION_SHARE
  if (!counted || counted.tokens <= room) return longest
  return Math.floor(longest * (room / counted.tokens) * 0.9)
}

/** Summarises all but the last turns. What can't be summarised now is cut by the loop. */
async function isSummarised(
  given: PrepareOptions,
  messages: readonly Message[],
  context: number,
): Promise<boolean> {
  const { store, gateway, options, signal, now, onSummary } = given
  const older = messages.slice(0, -(KEPT_MESSAGES + 1))
  // What follows must begin with a question.
  const upTo = older.findLastIndex(({ role }) => role === 'assistant')
  const last = older[upTo]
  if (!last || last.summary !== undefined) return false
  onSummary()
  try {
    const text = await summarise(gateway, older.slice(0, upTo + 1), { model: options.model, context, signal })
    await store.keepSummary(last.id, text, now())
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error) return false
    throw error
  }
}

/** Undefined where the model can't be asked: why, its answer tells. */
async function count(
  { gateway, options: { model, level }, signal }: PrepareOptions,
  messages: readonly PromptMessage[],
): Promise<TokenCount | undefined> {
  try {
    const request = {
      messages,
      ...(model !== undefined && { model }),
      ...(level !== undefined && { complexity: level }),
    }
    return await gateway.countTokens(request, { signal })
  } catch (error) {
    if (error instanceof CallError) return undefined
    throw error
  }
}
