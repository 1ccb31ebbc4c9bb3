/** Grammars that an answer has to keep to. */
import { type Llama, LlamaGrammarEvaluationState, type LlamaModel } from 'node-llama-cpp'
import { EngineError, type ResponseFormat } from '../../../models/engine.ts'
import { grammarSchema } from './json-schema.ts'

/** Any JSON object, in GBNF. */
const JSON_OBJECT = String.raw`root ::= object
object ::= "{" space (pair ("," space pair)*)? "}"
pair ::= string ":" space value
array ::= "[" space (value space ("," space value space)*)? "]"
value ::= object | array | string | number | "true" | "false" | "null"
string ::= "\"" ([^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" hex hex hex hex))* "\"" space
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})? space
hex ::= [0-9a-fA-F]
space ::= [ \n]{0,8}`
/** A grammar of this length is none that a person or a program needs. */
const MAX_GRAMMAR_CHARACTERS = 64 * 1024

export type Constraint = () => LlamaGrammarEvaluationState

/** Throws an EngineError for a grammar or schema that llama.cpp does not take. */
export async function grammarFor(
  llama: Llama,
  model: LlamaModel,
  { grammar, format }: { grammar?: string | undefined; format?: ResponseFormat | undefined },
): Promise<Constraint | undefined> {
  if (grammar !== undefined) return ofText(llama, model, grammar)
  if (format === undefined || format.type === 'text') return undefined
  if (format.type === 'json_object') return ofText(llama, model, JSON_OBJECT)
  return ofSchema(llama, model, format.json_schema.schema ?? {})
}

async function ofText(llama: Llama, model: LlamaModel, text: string): Promise<Constraint> {
  if (text.length > MAX_GRAMMAR_CHARACTERS)
    throw new EngineError('invalid_request', `A grammar can have ${MAX_GRAMMAR_CHARACTERS} characters.`)
  try {
    const grammar = await llama.createGrammar({ grammar: text })
    const first = new LlamaGrammarEvaluationState({ model, grammar })
    return () => first.clone()
  } catch (cause) {
    throw new EngineError(
      'invalid_request',
      'The grammar can\'t be read; it must be GBNF with a rule "root", such as: root ::= "yes" | "no"',
      { cause },
    )
  }
}

export async function ofSchema(llama: Llama, model: LlamaModel, schema: unknown): Promise<Constraint> {
  const converted = grammarSchema(schema)
  try {
    const grammar = await llama.createGrammarForJsonSchema(converted as { type: 'object' })
    const first = new LlamaGrammarEvaluationState({ model, grammar })
    return () => first.clone()
  } catch (cause) {
    throw new EngineError(
      'invalid_request',
      `The JSON schema can't be made a grammar: ${(cause as Error).message.slice(0, 200)}`,
      { cause },
    )
  }
}
