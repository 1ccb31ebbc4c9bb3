/** Forms that servers ask to be filled in: flat objects of strings, numbers, booleans and choices. */
import { isRecord } from '../protocol/values.ts'
import { visible } from './output.ts'

export interface Field {
  name: string
  title: string
  type: 'string' | 'number' | 'integer' | 'boolean'
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
      title: String(property.title ?? property.description ?? name),
      type: type === 'number' || type === 'integer' || type === 'boolean' ? type : 'string',
      ...(choices ? { choices } : {}),
      required: required.has(name),
      ...('default' in property ? { default: property.default } : {}),
    }
  })
}

function choicesOf({ enum: words, oneOf }: Record<string, unknown>): string[] | undefined {
  if (Array.isArray(words)) return words.map(String)
  return Array.isArray(oneOf) ? oneOf.filter(isRecord).map((choice) => String(choice.const)) : undefined
}

/** Whether a yes alone is a full answer: what there is to fill in has a default. */
export const needsNothing = (form: readonly Field[]): boolean =>
  form.every((field) => field.default !== undefined)

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
      ...(hint.length > 0 ? [`(${hint.join(', ')})`] : []),
      ...(without === undefined ? [] : [`[${String(without)}]`]),
    ].join(' ')
    let value: unknown
    do {
      const typed = await ask(`${visible(question).replaceAll('\n', ' ')}: `)
      if (typed === undefined) return undefined
      if (typed.trim() === '' && (without !== undefined || !field.required)) break
      value = meaningOf(field, typed.trim())
    } while (value === undefined)
    if (value !== undefined) content[field.name] = value
    else if (without !== undefined) content[field.name] = without
  }
  return content
}

/** What a typed text means for a field; undefined where it is none of its values. */
export function meaningOf({ type, choices }: Field, typed: string): string | number | boolean | undefined {
  if (type === 'boolean')
    return /^(y|yes|true)$/i.test(typed) ? true : /^(n|no|false)$/i.test(typed) ? false : undefined
  if (type === 'string') return typed !== '' && (choices?.includes(typed) ?? true) ? typed : undefined
  const value = Number(typed)
  const fits = type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)
  return typed !== '' && fits ? value : undefined
}
