/** What an answer has to keep to: grammars, and the checks for what they can't hold. */
import { LlamaGrammarEvaluationState, type LlamaModel } from 'node-llama-cpp'
import { OutOfTime, within } from '../../../host/bounded-time.ts'
import { EngineError, type FunctionTool, type Sampling, type ToolCall } from '../../../models/engine.ts'
import { type Check, checkOf } from './structure/check.ts'
import { Gbnf } from './structure/gbnf.ts'
import { structureOf } from './structure/structure.ts'
import { callStructure, type ToolCallFormat } from './tool-calls.ts'

/** A grammar of this length is none that a person or a program needs. */
const MAX_GRAMMAR_CHARACTERS = 64 * 1024
/** How long it may take to make a grammar of schemas, and to check an answer, in milliseconds: others wait. */
const MAKE_WITHIN_MS = 5000
const CHECK_WITHIN_MS = 2000
/** How long llama.cpp may take to read a grammar, in milliseconds: if it takes longer, the process is ended. */
const READ_WITHIN_MS = 5000

type NextWithin = (ms: number | undefined) => void

export interface Constraint {
  /** For one answer. */
  grammar(): LlamaGrammarEvaluationState
  /** Each token that it chooses may take long, too. */
  nextWithin: NextWithin
  /** Whether the grammar holds all, so that the answer may be shown while it comes. */
  isExact: boolean
  /** What is wrong with a whole answer; undefined where nothing is. */
  problemWith(content: string, calls: readonly ToolCall[]): string | undefined
}

export interface Wanted extends Pick<Sampling, 'grammar' | 'response_format'> {
  /** Tools that may be called instead, or must be. */
  calls?: { format: ToolCallFormat; tools: readonly FunctionTool[]; forced: boolean } | undefined
}

/**
 * Undefined where an answer is free. Throws an EngineError for a grammar or schema that can't be used. `nextWithin` says within
 * how long there must be more of it.
 */
export async function constraintFor(
  model: LlamaModel,
  { grammar, response_format: format = { type: 'text' }, calls }: Wanted,
  nextWithin: NextWithin,
): Promise<Constraint | undefined> {
  if (grammar !== undefined) return ofGrammar(model, grammar, nextWithin)
  if (calls?.forced !== true && format.type === 'text') return undefined
  const schema = format.type === 'json_schema' ? (format.json_schema.schema ?? {}) : { type: 'object' }
  const { text, isExact, checkAnswer } = inTime(MAKE_WITHIN_MS, 'to make a grammar of it', () => {
    const gbnf = new Gbnf()
    const answer = calls?.forced === true ? undefined : structureOf(schema, gbnf)
    const call = calls && callStructure(calls, gbnf)
    const root = [answer?.expression, call?.expression].filter((one) => one !== undefined).join(' | ')
    return {
      text: gbnf.text(root),
      isExact: [answer, call].every((part) => part?.isExact ?? true),
      checkAnswer: answer && checkOf(schema),
    }
  })
  return {
    nextWithin,
    grammar: await compiled(
      model,
      text,
      nextWithin,
      'The JSON schema is more than llama.cpp can use as a grammar.',
    ),
    isExact,
    problemWith: (content, made) =>
      inTime(CHECK_WITHIN_MS, 'to check an answer against it', () =>
        made.length > 0
          ? problemWithCalls(made, calls?.tools ?? [])
          : checkAnswer && problemWithText(content, checkAnswer),
      ),
  }
}

function inTime<T>(ms: number, what: string, work: () => T): T {
  try {
    return within(ms, work)
  } catch (cause) {
    if (!(cause instanceof OutOfTime)) throw cause
    throw new EngineError(
      'invalid_request',
      `The JSON schema can't be used: it takes too long ${what}. Make it simpler, its patterns above all.`,
      { cause },
    )
  }
}

async function ofGrammar(model: LlamaModel, text: string, nextWithin: NextWithin): Promise<Constraint> {
  if (text.length > MAX_GRAMMAR_CHARACTERS)
    throw new EngineError('invalid_request', `A grammar can have ${MAX_GRAMMAR_CHARACTERS} characters.`)
  const faulty =
    'The grammar can\'t be read; it must be GBNF with a rule "root", such as: root ::= "yes" | "no"'
  return {
    nextWithin,
    grammar: await compiled(model, text, nextWithin, faulty),
    isExact: true,
    problemWith: () => undefined,
  }
}

async function compiled(
  model: LlamaModel,
  text: string,
  nextWithin: NextWithin,
  faulty: string,
): Promise<Constraint['grammar']> {
  try {
    nextWithin(READ_WITHIN_MS)
    const grammar = await model.llama.createGrammar({ grammar: text })
    const first = new LlamaGrammarEvaluationState({ model, grammar })
    return () => first.clone()
  } catch (cause) {
    throw new EngineError('invalid_request', faulty, { cause })
  } finally {
    nextWithin(undefined)
  }
}

function problemWithText(text: string, check: Check): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the answer is no JSON'
  }
  return check(value)
}

function problemWithCalls(calls: readonly ToolCall[], tools: readonly FunctionTool[]): string | undefined {
  for (const { function: called } of calls) {
    const { parameters } = tools.find((tool) => tool.function.name === called.name)?.function ?? {}
    const problem = parameters && problemWithText(called.arguments, checkOf(parameters))
    if (problem !== undefined) return `the arguments of ${called.name}: ${problem}`
  }
  return undefined
}
