/** What a validator found in a configuration, in words. Values are never told: they may be secrets. */
import type { SettingPath } from '../../protocol/config.ts'
import type { Validator } from '../../protocol/validator.ts'
import { inWords, isRecord, numberIn } from '../../protocol/values.ts'
import { suggestName } from '../suggest.ts'
import { expected, nameOf, type Setting, settingAt } from './schema.ts'

export interface Mistake {
  path: SettingPath
  /** Goes on after the setting's name. */
  sentence: string
}

type Finding = NonNullable<Validator['errors']>[number]

/** All mistakes of a value, each told once. */
export function mistakesIn(schema: Setting, validate: Validator, value: unknown): Mistake[] {
  if (validate(value)) return []
  const told = new Map<string, Mistake>()
  for (const finding of validate.errors ?? []) {
    const mistake = mistakeOf(schema, value, finding)
    const name = JSON.stringify(mistake.path)
    if (!told.has(name)) told.set(name, mistake)
  }
  return [...told.values()]
}

function mistakeOf(schema: Setting, value: unknown, { instancePath, keyword, params }: Finding): Mistake {
  const path = pathOf(value, instancePath)
  const setting = settingAt(schema, path) ?? {}
  if (keyword === 'additionalProperties') {
    const key = inWords(params.additionalProperty)
    return { path: [...path, key], sentence: unknownKey(setting, key) }
  }
  if (keyword === 'required') {
    const key = inWords(params.missingProperty)
    return { path: [...path, key], sentence: unset(settingAt(setting, [key]) ?? {}) }
  }
  return { path, sentence: misfit(setting, valueAt(value, path), keyword) }
}

/** Of a setting that is required and not there. */
export const unset = (setting: Setting): string => `has no default and must be set: ${expected(setting)}`

/** A JSON Pointer (RFC 6901) as a path: items of lists by their numbers. */
function pathOf(value: unknown, pointer: string): SettingPath {
  const path: (string | number)[] = []
  let at = value
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const step = Array.isArray(at) ? (numberIn(key) ?? key) : key
    path.push(step)
    at = valueAt(at, [step])
  }
  return path
}

export function valueAt(value: unknown, path: SettingPath): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string | number, unknown>)[part]
  }
  return at
}

function misfit(setting: Setting, value: unknown, keyword: string): string {
  const must = `must be ${expected(setting)}`
  if (typeof value === 'number' && !Number.isFinite(value)) return must
  if (keyword === 'minimum') return `is too small and ${must}`
  if (keyword === 'maximum') return `is too large and ${must}`
  if (keyword !== 'type' || setting.type === undefined) return must
  if (setting.type === 'integer' && typeof value === 'number') return `is not whole and ${must}`
  const isPlain = setting.type === 'string' && /^(number|boolean)$/.test(typeof value)
  return `is ${kindOf(value)} and ${must}${isPlain ? '; put it in quotes' : ''}`
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return 'a section'
  return (
    { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ??
    'something else'
  )
}

const LIKE_A_SECRET = /key|token|password|secret/i

function unknownKey(setting: Setting, key: string): string {
  if (setting.noSecrets !== undefined && LIKE_A_SECRET.test(key)) return setting.noSecrets
  if (setting.names !== undefined) return `is no name that can stand here; it must be ${setting.names}`
  const known = Object.keys(setting.properties ?? {})
  const meant = suggestName(key.slice(0, 100), known)
  return `is no setting. ${meant === undefined ? `There are: ${known.join(', ')}` : `Did you mean "${meant}"?`}`
}

/** A mistake as a line: where it stands, what is wrong, what would be right. */
export function lineOf(place: string, { path, sentence }: Mistake): string {
  const name = nameOf(path)
  const where = place.endsWith(` ${name}`) ? place : `${place}: ${name}`
  return `${where}: ${sentence}${/[.?]$/.test(sentence) ? '' : '.'}`
}
