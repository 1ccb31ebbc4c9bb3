/** Forms that servers ask to be filled in: flat objects of strings, numbers, booleans, and choices of one or several. */
import { inWords, isRecord, numberIn, put, wholeIn } from '../protocol/values.ts'
import { visible } from './output.ts'

const TYPES = ['string', 'number', 'integer', 'boolean', 'array'] as const

export interface Field {
  name: string
  title: string
  type: (typeof TYPES)[number]
  choices?: readonly string[]
  required: boolean
  default?: unknown
}

/** The fields of an elicitation's schema, in their order. */
export function formOf(schema: Record<string, unknown>): Field[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const properties = isRecord(schema.properties) ? schema.properties : {}
  return Object.entries(properties).map(([name, given]) => {
    const property = isRecord(given) ? given : {}
    const type = property.type
    const choices = choicesOf(property)
    return {
      name,
      title: titleOf(property, name),
      type: TYPES.find((one) => one === type) ?? 'string',
      ...(choices ? { choices } : {}),
      required: required.has(name),
      ...('default' in property ? { default: property.default } : {}),
    }
  })
}

/** In one line, whatever line breaks there are in it; texts of servers may be nothing but those. */
function titleOf({ title, description }: Record<string, unknown>, name: string): string {
  const [text = name] = [title, description]
    .map((given) => (typeof given === 'string' ? given.replace(/\s+/g, ' ').trim() : ''))
    .filter((given) => given !== '')
  return text
}

function choicesOf({ enum: words, oneOf, anyOf, items }: Record<string, unknown>): string[] | undefined {
  if (isRecord(items)) return choicesOf(items)
  if (Array.isArray(words)) return words.map(inWords)
  const named = oneOf ?? anyOf
  return Array.isArray(named) ? named.filter(isRecord).map((choice) => inWords(choice.const)) : undefined
}

/** Whether a yes alone is a full answer: what there is to fill in has a default. */
export const needsNothing = (form: readonly Field[]): boolean =>
  form.every((field) => field.default !== undefined)

/** What the form says if it is left as it is. */
export const defaultsOf = (form: readonly Field[]): Record<string, unknown> =>
  Object.fromEntries(
    form.filter((field) => field.default !== undefined).map((field) => [field.name, field.default]),
  )

/** Asks for each field; an empty line takes the default, or leaves out what may be left out. Undefined where the input ended. */
export async function fillForm(
  form: readonly Field[],
  ask: (question: string) => Promise<string | undefined>,
): Promise<Record<string, unknown> | undefined> {
  const content: Record<string, unknown> = {}
  for (const field of form) {
    const { title, choices, default: without } = field
    const hint = choices ?? (field.type === 'boolean' ? ['y', 'n'] : [])
    const question = [
      title,
      ...(hint.length > 0
        ? [`(${hint.join(', ')}${field.type === 'array' ? '; several with commas' : ''})`]
        : []),
      ...(without === undefined ? [] : [`[${inWords(without)}]`]),
    ].join(' ')
    let value: unknown
    do {
      const typed = await ask(`${visible(question).replaceAll('\n', ' ')}: `)
      if (typed === undefined) return undefined
      if (typed.trim() === '' && (without !== undefined || !field.required)) break
      value = meaningOf(field, typed.trim())
    } while (value === undefined)
    if (value !== undefined) put(content, field.name, value)
    else if (without !== undefined) put(content, field.name, without)
  }
  return content
}

/** What a typed text means for a field; undefined where it is none of its values. */
export function meaningOf({ type, choices }: Field, typed: string): unknown {
  if (type === 'boolean')
    return /^(y|yes|true)$/i.test(typed) ? true : /^(n|no|false)$/i.test(typed) ? false : undefined
  if (type === 'array') {
    const several = typed.split(/\s*,\s*/).filter((one) => one !== '')
    return several.every((one) => choices?.includes(one) ?? true) ? several : undefined
  }
  if (type === 'string') return typed !== '' && (choices?.includes(typed) ?? true) ? typed : undefined
  return type === 'integer' ? wholeIn(typed, Number.MIN_SAFE_INTEGER) : numberIn(typed)
}
