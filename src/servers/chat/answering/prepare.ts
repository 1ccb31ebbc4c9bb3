/**
 * Makes what was said fit into what the model reads at once: files get their share, older turns become a summary, and what is still too
 * much is left out, the oldest first. The loop does the same to what tools give.
 */
import type { GatewayCalls, TokenCount } from '../../../protocol/define.ts'
import { CallError } from '../../../protocol/define.ts'
import type { Message, Options } from '../store/shapes.ts'
import type { Store } from '../store/store.ts'
import { longestFile, type PromptMessage, type PromptOptions, promptOf } from './prompt.ts'
import { KEPT_MESSAGES, summarise } from './summarise.ts'

/** How many messages are told at most. */
const MOST_MESSAGES = 200
/** Of a file, where the model's context is not known; in characters. */
const FILE_CHARS = 40_000
/** What of the context the question with its files may take, and all before the answer. */
const QUESTION_SHARE = 0.5
const PROMPT_SHARE = 0.75
/** What of the context goes into a summary. */
const SUMMARY_SHARE = 0.5
/** Where the context is not known, in tokens. */
const ASSUMED_CONTEXT = 32_768
/** What is reckoned by the length of texts may be wrong by so much. */
const MARGIN = 0.9

export interface PrepareOptions {
  store: Store
  gateway: Pick<GatewayCalls, 'chat' | 'countTokens'>
  /** The message that is answered. */
  question: Message
  options: Options
  /** What of the context all that was said may take before it is summarised. */
  share: number
  signal: AbortSignal
  now(): number
  onSummary(): void
  /** So many of the oldest messages are left out, or part of the question, where that is 0. */
  onCut(turns: number): void
}

export async function prepare(given: PrepareOptions): Promise<PromptMessage[]> {
  const { store, question, options, share, onCut } = given
  const personalContext = options.isImpersonal ? '' : store.personalContext
  const fileChars = await fittingFiles(given, personalContext)
  const draft = (): PromptOptions => ({
    personalContext,
    messages: store.upTo(question.id, MOST_MESSAGES, { fromSummary: true }),
    fileChars,
  })
  let told = draft()
  let counted = await count(given, promptOf(told))
  if (!counted) return promptOf(told)
  const context = counted.context ?? ASSUMED_CONTEXT
  if (counted.tokens > context * share && (await isSummarised(given, told, counted, context))) {
    told = draft()
    counted = await count(given, promptOf(told))
  }
  const whole = told
  for (let tries = whole.messages.length; tries > 0; tries--) {
    if (counted?.context === undefined || counted.tokens <= counted.context * PROMPT_SHARE) break
    told = cut(told, (counted.context * PROMPT_SHARE * MARGIN) / counted.tokens)
    counted = await count(given, promptOf(told))
  }
  if (told !== whole) onCut(whole.messages.length - told.messages.length)
  return promptOf(told)
}

/** Of all that is told about so large a part: without the oldest turns, or with a shorter question where it is alone. */
function cut(told: PromptOptions, part: number): PromptOptions {
  const { messages, fileChars } = told
  const room = lengthOf(promptOf(told)) * part
  const [first] = messages
  const summary = first?.summary === undefined ? [] : messages.slice(0, 1)
  const turns = messages.slice(summary.length)
  for (let from = 2; from < turns.length; from += 2) {
    const shorter = { ...told, messages: [...summary, ...turns.slice(from)] }
    if (lengthOf(promptOf(shorter)) <= room) return shorter
  }
  const question = messages.slice(-1)
  if (messages.length > 1) return { ...told, messages: question }
  const { questionChars = question[0]?.content.length ?? 0 } = told
  return { ...told, questionChars: Math.floor(questionChars * part), fileChars: Math.floor(fileChars * part) }
}

const lengthOf = (messages: readonly PromptMessage[]): number => JSON.stringify(messages).length

/** How much of each file there is room for, in characters. */
async function fittingFiles(given: PrepareOptions, personalContext: string): Promise<number> {
  const { question } = given
  const longest = Math.min(FILE_CHARS, longestFile(question))
  if (longest === 0) return FILE_CHARS
  const counted = await count(given, promptOf({ personalContext, messages: [question], fileChars: longest }))
  const room = (counted?.context ?? ASSUMED_CONTEXT) * QUESTION_SHARE
  if (!counted || counted.tokens <= room) return longest
  return Math.floor(longest * (room / counted.tokens) * MARGIN)
}

/** Summarises all but the last turns. What can't be summarised now is left out. */
async function isSummarised(
  { store, gateway, options, signal, now, onSummary }: PrepareOptions,
  told: PromptOptions,
  { tokens }: TokenCount,
  context: number,
): Promise<boolean> {
  const older = told.messages.slice(0, -(KEPT_MESSAGES + 1))
  // What follows must begin with a question.
  const upTo = older.findLastIndex(({ role }) => role === 'assistant')
  const last = older[upTo]
  if (!last || last.summary !== undefined) return false
  onSummary()
  const chars = (lengthOf(promptOf(told)) / tokens) * context * SUMMARY_SHARE
  try {
    const text = await summarise(gateway, older.slice(0, upTo + 1), {
      model: options.model,
      chars,
      context,
      signal,
    })
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
