/** What servers of others say of their structured answers, which is not always so. */

import type { Offer } from '../../contracts/third-party.ts'
import { readOutputSchema } from '../../contracts/vetting.ts'
import { OutOfTime, within } from '../../host/bounded-time.ts'
import { asDoubles, isInexact, parseExactly } from '../../protocol/exact-json.ts'
import type { ContentBlock, JsonSchema, Tool } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'

type Problem = string | undefined
type Check = (value: unknown) => Problem

/** Where omissions are reported. */
interface Log {
  warn(fields: object, text: string): void
}

/** The same offer, with the tools whose output schema is none: clients refuse the tools of all servers for one of them. */
export async function withUnsoundOutputs(offer: Offer): Promise<Offer> {
  const unsoundOutputs: Record<string, string> = {}
  for (const { name, outputSchema } of offer.tools) {
    if (!isRecord(outputSchema) || typeof name !== 'string') continue
    const problem = await (async () => compiled(readOutputSchema(outputSchema)))().then(nothing, sentence)
    if (problem !== undefined) unsoundOutputs[name] = problem
  }
  return { ...offer, unsoundOutputs }
}

/** What a tool gave, as the official client read it. */
interface Given {
  content: readonly ContentBlock[]
  structuredContent?: unknown
  isError?: boolean | undefined
}

/** Structured answers, each held against its tool's schema. */
export class OutputSchemas {
  readonly #log: Log
  readonly #checks = new Map<string, Promise<Check>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The structured part of an answer, if it is what its tool says that it gives; else why there is none, as the end of a sentence. */
  async read(
    { name, outputSchema }: Pick<Tool, 'name' | 'outputSchema'>,
    { content, structuredContent: given, isError }: Given,
  ): Promise<{ structured?: unknown; problem?: string }> {
    if (outputSchema === undefined) return given === undefined ? {} : { structured: given }
    if (given === undefined && isError) return {}
    let check = this.#checks.get(name)
    if (!check) {
      check = compiled(outputSchema)
      this.#checks.set(name, check)
    }
    const problemOf = await check.catch((error: Error) => () => sentence(error))
    let problem: Problem
    for (const candidate of candidatesOf(given, content)) {
      const why = problemOf(asDoubles(candidate))
      if (why === undefined) return { structured: candidate }
      problem ??= why
    }
    problem ??= 'there is none'
    this.#log.warn({ tool: name, problem }, 'a structured answer breaks its own schema and is left out')
    // A failure needs none.
    return isError ? {} : { problem }
  }
}

/** What may be the structured part: null stands for what is left out, and some give the same as text alone. */
function* candidatesOf(given: unknown, content: readonly ContentBlock[]): Generator<unknown> {
  if (given !== undefined) {
    yield given
    yield withoutNulls(given)
  }
  const [block] = content
  if (content.length !== 1 || block?.type !== 'text' || !block.text.trimStart().startsWith('{')) return
  try {
    yield parseExactly(block.text)
  } catch {
    // It is a text and nothing else.
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value) || isInexact(value)) return value
  const present = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(present.map(([key, inner]) => [key, withoutNulls(inner)]))
}

const nothing = (): Problem => undefined
const sentence = (error: Error): string => error.message.slice(0, 300)

/** Rejects for what is no schema. The compiler is loaded when it is first needed. */
async function compiled(schema: JsonSchema): Promise<Check> {
  const { Ajv, AjvJsonSchemaValidator, addFormats } = await import(
    '@modelcontextprotocol/client/validators/ajv'
  )
  // As the official client of the older revisions has it, which takes every schema for one of draft 7.
  const older = new Ajv({
    strict: false,
    validateFormats: true,
    validateSchema: false,
    allErrors: true,
    logger: false,
  })
  addFormats(older)
  const validators = inTime(MAKE_WITHIN_MS, `it can't be read within ${MAKE_WITHIN_MS / 1000} seconds`, () =>
    [new AjvJsonSchemaValidator(older), new AjvJsonSchemaValidator()].map((each) =>
      each.getValidator(schema as never),
    ),
  )
  const problemOf = (value: unknown): Problem => {
    for (const validate of validators) {
      const { valid, errorMessage } = validate(value)
      if (!valid) return (errorMessage ?? 'it does not fit').slice(0, 300)
    }
    return undefined
  }
  /** Set once it took too long: what comes next need not hold up others as well. */
  let tooLong: TooLong | undefined
  return (value) => {
    try {
      if (tooLong) throw tooLong
      const why = `its schema can't be held against an answer within ${CHECK_WITHIN_MS / 1000} seconds`
      return inTime(CHECK_WITHIN_MS, why, () => problemOf(value))
    } catch (error) {
      if (!(error instanceof TooLong)) throw error
      tooLong = error
      return error.message
    }
  }
}

/** How long it may take to make a check of a schema, and to hold one answer against it, in milliseconds: other calls wait. */
const MAKE_WITHIN_MS = 2000
const CHECK_WITHIN_MS = 1000

class TooLong extends Error {}

function inTime<T>(ms: number, why: string, work: () => T): T {
  try {
    return within(ms, work)
  } catch (cause) {
    throw cause instanceof OutOfTime ? new TooLong(why, { cause }) : cause
  }
}
