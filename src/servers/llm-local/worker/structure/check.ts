/** Checks a value against a JSON Schema: all of it, as ajv reads it. */
import { Ajv, type AnySchema, type FuncKeywordDefinition, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { asDoubles } from '../../../../protocol/exact-json.ts'
import { isRecord } from '../../../../protocol/values.ts'
import { isTooLarge, Languages } from './languages.ts'
import { languageOfPattern, regExpOf, Unwritable } from './patterns.ts'
import { contradict, formatOf } from './scalars.ts'
import { refusal } from './schemas.ts'

/** Says what is wrong with a value, and where; undefined where nothing is. */
export type Check = (value: unknown) => string | undefined

/** How many decimals multiples are compared to: a double has no exact hundredths. */
const MULTIPLE_DECIMALS = 9

/** Throws an EngineError where the schema can't be read. */
export function checkOf(schema: Record<string, unknown>): Check {
  // Whose schema it is says nothing here, and two of the same name would be one too many.
  const { $schema: _, $id: __, ...own } = asDoubles(schema)
  const options = {
    strict: false,
    validateSchema: false,
    logger: false as const,
    // What stops at the first fault is code that is nested too deep where there are thousands of properties.
    allErrors: true,
    multipleOfPrecision: MULTIPLE_DECIMALS,
    code: { regExp: Object.assign(regExp, { code: 'RegExp' }) },
  }
  let validate: ValidateFunction
  try {
    const ajv = hasTuples(own) ? new Ajv(options) : new Ajv2020(options)
    ajv.removeKeyword('format')
    ajv.addKeyword(FORMAT)
    validate = ajv.compile(own as AnySchema)
  } catch (cause) {
    throw refusal('it', `is not a schema that can be checked (${(cause as Error).message.slice(0, 200)})`)
  }
  return (value) => {
    if (validate(value)) return undefined
    const [error] = validate.errors ?? []
    return `${error?.instancePath || 'the answer'} ${error?.message ?? 'does not keep to the schema'}`
  }
}

const regExp = (pattern: string): RegExp => regExpOf(pattern)

/** As in the grammar: one that contradicts its pattern is a remark. */
const FORMAT: FuncKeywordDefinition = {
  keyword: 'format',
  schemaType: 'string',
  type: 'string',
  compile(name: string, parent) {
    const format = formatOf(name)
    if (format === undefined || isContradicted(format, parent.pattern)) return () => true
    const expected = regExpOf(format)
    return (text: string) => expected.test(text)
  },
  error: { message: ({ schema }) => `must be of the format "${String(schema)}"` },
}

function isContradicted(format: string, pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false
  const languages = new Languages()
  try {
    return contradict(languages, languageOfPattern(languages, pattern), languageOfPattern(languages, format))
  } catch (error) {
    if (error instanceof Unwritable || isTooLarge(error)) return false
    throw error
  }
}

/** Whether arrays are described in the way before 2020. */
const hasTuples = (schema: unknown): boolean =>
  Array.isArray(schema)
    ? schema.some(hasTuples)
    : isRecord(schema) && (Array.isArray(schema.items) || Object.values(schema).some(hasTuples))
