/** From the tokens of a prompt to the text of an answer. */
import { randomInt } from 'node:crypto'
import type {
  LlamaContextSequence,
  LlamaGrammarEvaluationState,
  SequenceEvaluateOptions,
  Token,
} from 'node-llama-cpp'
import type { Sampling } from '../../../models/engine.ts'
import type { AnswerText } from './answer-text.ts'
import type { PromptReader } from './prompt-reader.ts'

/** What is sampled with where the request does not say. */
const TEMPERATURE = 0.7
const TOP_P = 0.95
/** Of a character that is not whole yet: its bytes are in several tokens. */
const INCOMPLETE = '\uFFFD'
/** Bytes that are no character; grammars, which count characters, take them for one. */
const NO_CHARACTERS = /\uFFFD{2,}/g
const INCOMPLETE_END = /\uFFFD+$/
const MAX_CHARACTER_TOKENS = 4
/** Tokens of the answer that penalties for repetition look back at. */
const PUNISHED_TOKENS = 64
/** Within how long a token must come where a grammar chooses it, in milliseconds; the first, when the end of the prompt was read. */
const TOKEN_WITHIN_MS = 30_000
const FIRST_TOKEN_WITHIN_MS = 120_000
/** Tokens before the next that decide about the space between words. */
const LAST_TOKENS = 4

export interface GenerationOptions {
  sampling: Sampling
  grammar: { state: LlamaGrammarEvaluationState; nextWithin(ms: number | undefined): void } | undefined
  maxTokens: number
  reader: PromptReader
  text: AnswerText
  /** Whether marks that are not text, such as those of tool calls, count as text. */
  withMarks: boolean
  signal: AbortSignal
  /** Called with what can be shown. */
  onText(text: string): void
}

export interface GenerationResult {
  cachedTokens: number
  completionTokens: number
  /** Whether the answer ended by itself, and not because it got too long. */
  ended: boolean
}

/** Generates an answer. What the sequence still holds of the prompt is not worked on again. Rejects with the signal's reason. */
export async function generate(
  sequence: LlamaContextSequence,
  prompt: Token[],
  options: GenerationOptions,
): Promise<GenerationResult> {
  const { signal, text, maxTokens, withMarks } = options
  // At least the last token has to be worked on, for what follows it.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false)
  const cachedTokens = sequence.nextTokenIndex
  const rest = await options.reader.read(sequence, prompt.slice(cachedTokens), signal)
  let completionTokens = 0
  let unshown: Token[] = []
  let before = prompt.slice(-LAST_TOKENS)
  let ended = true
  const { model } = sequence
  const recent: Token[] = []
  const { grammar } = options
  grammar?.nextWithin(FIRST_TOKEN_WITHIN_MS)
  for await (const token of sequence.evaluate(rest, evaluateOptions(options, recent))) {
    signal.throwIfAborted()
    grammar?.nextWithin(TOKEN_WITHIN_MS)
    completionTokens++
    recent.push(token)
    unshown.push(token)
    const piece = model.detokenize(unshown, withMarks, before)
    if (!piece.endsWith(INCOMPLETE) || unshown.length >= MAX_CHARACTER_TOKENS) {
      before = [...before, ...unshown].slice(-LAST_TOKENS)
      unshown = []
      options.onText(text.push(piece.replace(NO_CHARACTERS, INCOMPLETE)))
    }
    if (text.stopped) break
    if (completionTokens >= maxTokens) {
      ended = false
      break
    }
  }
  grammar?.nextWithin(undefined)
  signal.throwIfAborted()
  if (unshown.length > 0)
    options.onText(text.push(model.detokenize(unshown, withMarks, before).replace(INCOMPLETE_END, '')))
  return { cachedTokens, completionTokens, ended }
}

function evaluateOptions(
  { sampling, grammar }: GenerationOptions,
  recent: readonly Token[],
): SequenceEvaluateOptions {
  const { temperature = TEMPERATURE, top_p: topP = TOP_P, seed = randomInt(2 ** 32) } = sampling
  const { frequency_penalty: frequencyPenalty = 0, presence_penalty: presencePenalty = 0 } = sampling
  return {
    temperature,
    topP,
    seed,
    ...(grammar === undefined ? {} : { grammarEvaluationState: grammar.state }),
    ...(frequencyPenalty === 0 && presencePenalty === 0
      ? {}
      : {
          repeatPenalty: {
            punishTokens: () => recent.slice(-PUNISHED_TOKENS),
            penalty: 1,
            frequencyPenalty,
            presencePenalty,
          },
        }),
  }
}
