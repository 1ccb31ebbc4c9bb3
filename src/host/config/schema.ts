/** What a schema of a configuration says, as its readers need it: defaults, what is missing, and what is right in words. */
import type { TSchema } from 'typebox'
import type { SettingPath } from '../../protocol/config.ts'
import { entryOf, inWords, isRecord, put } from '../../protocol/values.ts'

/** A schema as JSON Schema has it, with what protocol/config.ts adds. */
export interface Setting {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  properties?: Readonly<Record<string, Setting>>
  required?: readonly string[]
  /** Of settings by name: one pattern, and what each of them is. */
  patternProperties?: Readonly<Record<string, Setting>>
  items?: Setting
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  pattern?: string
  minLength?: number
  maxLength?: number
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Setting[]
  default?: unknown
  description?: string
  unit?: string
  env?: string
  allowed?: string
  names?: string
  noSecrets?: string
}

export const settingOf = (schema: TSchema): Setting => schema as Setting

/** What the names in a map stand for; undefined where it is none. */
export const mapped = ({ patternProperties }: Setting): Setting | undefined =>
  patternProperties && Object.values(patternProperties)[0]

/** The schema of what stands at a key; undefined where nothing may. */
export function childOf(setting: Setting | undefined, part: string | number): Setting | undefined {
  if (setting === undefined) return undefined
  if (typeof part === 'number') return setting.items
  return entryOf(setting.properties ?? {}, part) ?? mapped(setting)
}

export const settingAt = (schema: Setting, path: SettingPath): Setting | undefined =>
  path.reduce<Setting | undefined>(childOf, schema)

/** `accounts[0].host`; of the whole, "the file". */
export const nameOf = (path: SettingPath): string =>
  path.length === 0
    ? 'the file'
    : path
        .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${short(part)}`))
        .join('')

const short = (key: string): string => (key.length > 60 ? `${key.slice(0, 60).toWellFormed()}…` : key)

/**
 * The schema that one file is checked by. Unknown keys are refused, numbers are exact, and what has a default, or may stand
 * in another file, need not be there. Throws a TypeError for what could not be put into words.
 */
export function fileSchema(schema: TSchema): object {
  return strict(JSON.parse(JSON.stringify(schema)) as Setting, [], true)
}

/** Words come from the definition; in each program's validator they would stand a second time. */
function bare({ description, default: _, unit, env, allowed, names, noSecrets, ...rest }: Setting): Setting {
  return rest
}

function strict(setting: Setting, path: SettingPath, isSection: boolean): object {
  const fails = (why: string) => new TypeError(`The schema of "${nameOf(path)}" is not supported: ${why}.`)
  const { properties, patternProperties, items, required = [] } = setting
  if (
    setting.env !== undefined &&
    (!isSection || !/^(string|integer|number|boolean)$/.test(setting.type ?? ''))
  )
    throw fails('a variable can override single values alone')
  if (setting.allowed === undefined) {
    if (setting.pattern !== undefined) throw fails('a pattern needs "allowed", which says it in words')
    if (setting.anyOf && !choicesOf(setting))
      throw fails('of several forms, "allowed" must say them in words')
    if (setting.type === undefined && !choicesOf(setting))
      throw fails('it says nothing of what may stand there')
  }
  if (setting.type === 'array' && items === undefined) throw fails('it says nothing of its items')
  const each = (inner: Readonly<Record<string, Setting>>, isSection: boolean) =>
    Object.fromEntries(
      Object.entries(inner).map(([key, child]) => [key, strict(child, [...path, key], isSection)]),
    )
  switch (setting.type) {
    case 'integer': {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = setting
      return { ...bare(setting), minimum, maximum }
    }
    // Not "not a number", and not without end.
    case 'number': {
      const { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE } = setting
      return { ...bare(setting), minimum, maximum }
    }
    case 'array':
      return { ...bare(setting), items: strict(items as Setting, [...path, 0], false) }
    case 'object': {
      if (properties === undefined && patternProperties === undefined) throw fails('it has no settings')
      const { required: _, ...rest } = bare(setting)
      const needed = isSection ? [] : required.filter((key) => properties?.[key]?.default === undefined)
      return {
        ...rest,
        ...(properties && { properties: each(properties, isSection), required: needed }),
        ...(patternProperties && { patternProperties: each(patternProperties, false) }),
        additionalProperties: false,
      }
    }
    default:
      return bare(setting)
  }
}

/** A value with the defaults of all that is not written. */
export function withDefaults(setting: Setting, value: unknown): unknown {
  if (Array.isArray(value))
    return setting.items ? value.map((item) => withDefaults(setting.items as Setting, item)) : value
  if (setting.type !== 'object' || !isRecord(value)) return value
  const filled: Record<string, unknown> = {}
  for (const [key, written] of Object.entries(value)) {
    const child = childOf(setting, key)
    put(filled, key, child ? withDefaults(child, written) : written)
  }
  for (const [key, child] of Object.entries(setting.properties ?? {})) {
    if (Object.hasOwn(filled, key)) continue
    if (child.default !== undefined) filled[key] = structuredClone(child.default)
    else if (child.type === 'object' && setting.required?.includes(key)) filled[key] = withDefaults(child, {})
  }
  return filled
}

/** One value laid over another: sections merge, lists and single values replace. */
export function merged(setting: Setting | undefined, below: unknown, above: unknown): unknown {
  if (setting?.type !== 'object' || !isRecord(below) || !isRecord(above)) return above
  const both: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(below), ...Object.keys(above)])) {
    const [under, over] = [below, above].map((one) => (Object.hasOwn(one, key) ? one[key] : undefined))
    put(both, key, over === undefined ? under : merged(childOf(setting, key), under, over))
  }
  return both
}

/** The required settings without a value, each by its path. */
export function missing(setting: Setting, value: unknown, path: SettingPath = []): SettingPath[] {
  if (!isRecord(value)) return []
  return Object.entries(setting.properties ?? {}).flatMap(([key, child]) => {
    if (!Object.hasOwn(value, key)) return setting.required?.includes(key) ? [[...path, key]] : []
    return missing(child, value[key], [...path, key])
  })
}

/** All settings that a variable of the environment overrides, by their paths. */
export function variables(setting: Setting, path: SettingPath = []): [SettingPath, Setting][] {
  const own: [SettingPath, Setting][] = setting.env === undefined ? [] : [[path, setting]]
  const inner = Object.entries(setting.properties ?? {})
  return [...own, ...inner.flatMap(([key, child]) => variables(child, [...path, key]))]
}

function choicesOf({ const: only, enum: several, anyOf }: Setting): unknown[] | undefined {
  if (only !== undefined) return [only]
  if (several) return [...several]
  const all = anyOf?.map(choicesOf)
  return all?.every((one) => one !== undefined) ? all.flat() : undefined
}

/** What may stand there, as the end of a sentence that begins with "must be". */
export function expected(setting: Setting): string {
  if (setting.allowed !== undefined) return setting.allowed
  const choices = choicesOf(setting)
  if (choices) return `${choices.length > 1 ? 'one of ' : ''}${choices.map(inWords).join(', ')}`
  switch (setting.type) {
    case 'string':
      return setting.minLength === undefined ? 'text' : 'text that is not empty'
    case 'boolean':
      return 'true or false'
    case 'integer':
    case 'number':
      return `a ${setting.type === 'integer' ? 'whole ' : ''}number${setting.unit ? ` of ${setting.unit}` : ''}${range(setting)}`
    case 'array':
      return `a list${countOf(setting)}${eachItem(setting.items ?? {})}`
    default: {
      const keys = Object.keys(setting.properties ?? {})
      return keys.length === 0 ? 'settings by name' : `a section with ${keys.join(', ')}`
    }
  }
}

function range({ minimum, maximum }: Setting): string {
  if (minimum === undefined) return maximum === undefined ? '' : `, at most ${maximum}`
  return maximum === undefined ? `, at least ${minimum}` : ` from ${minimum} to ${maximum}`
}

function eachItem(items: Setting): string {
  if (items.type === 'string' && items.allowed === undefined) return ' of texts'
  return items.properties
    ? ` of items with ${Object.keys(items.properties).join(', ')}`
    : `, each item ${expected(items)}`
}

function countOf({ minItems, maxItems }: Setting): string {
  if (minItems !== undefined && minItems === maxItems) return `, ${minItems} long,`
  if (minItems !== undefined) return `, at least ${minItems} long,`
  return maxItems === undefined ? '' : `, at most ${maxItems} long,`
}
