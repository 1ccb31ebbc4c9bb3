/** What servers of others say of their structured answers, which is not always so. */
import { asDoubles } from '../../protocol/exact-json.ts'
import type { JsonSchema, Tool } from '../../protocol/mcp.ts'
import type { Offer } from '../../protocol/third-party.ts'
import { isRecord } from '../../protocol/values.ts'

type Problem = string | undefined
type Check = (value: unknown) => Problem

/** Where what was left out is told. */
interface Log {
  warn(fields: object, text: string): void
}

/** The same offer, with the tools whose output schema is none: clients refuse the tools of all servers for one of them. */
export async function withUnsoundOutputs(offer: Offer): Promise<Offer> {
  const unsoundOutputs: Record<string, string> = {}
  for (const { name, outputSchema } of offer.tools) {
    if (!isRecord(outputSchema) || typeof name !== 'string') continue
    const problem = await compiled(outputSchema).then(nothing, sentence)
    if (problem !== undefined) unsoundOutputs[name] = problem
  }
  return { ...offer, unsoundOutputs }
}

/** Structured answers, each held against its tool's schema. */
export class OutputSchemas {
  readonly #log: Log
  readonly #checks = new Map<string, Promise<Check>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The structured part of an answer; undefined where it is not what the tool says that it gives. */
  async fitting(
    { name, outputSchema }: Pick<Tool, 'name' | 'outputSchema'>,
    structured: unknown,
  ): Promise<unknown> {
    if (structured === undefined || outputSchema === undefined) return structured
    let check = this.#checks.get(name)
    if (!check) {
      check = compiled(outputSchema)
      this.#checks.set(name, check)
    }
    const problem = await check.then((run) => run(asDoubles(structured)), sentence)
    if (problem === undefined) return structured
    this.#log.warn({ tool: name, problem }, 'a structured answer breaks its own schema and is left out')
    return undefined
  }
}

const nothing = (): Problem => undefined
const sentence = (error: Error): string => error.message.slice(0, 300)

/** Rejects for what is no schema. The compiler is loaded when it is first needed. */
async function compiled(schema: JsonSchema): Promise<Check> {
  const { AjvJsonSchemaValidator } = await import('@modelcontextprotocol/client/validators/ajv')
  const validate = new AjvJsonSchemaValidator().getValidator(schema as never)
  return (value) => {
    const { valid, errorMessage } = validate(value)
    return valid ? undefined : (errorMessage ?? 'it does not fit').slice(0, 300)
  }
}
