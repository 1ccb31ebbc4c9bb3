/**
 * Applies written values to a configuration. It knows only the kinds of schema that configurations use, so that
 * no validator has to be compiled while a process starts; it refuses every other kind outright.
 */

import { numberIn } from '../protocol/values.ts'
import { ConfigError, type Place } from './config-error.ts'
import { suggestName } from './suggest.ts'

interface Documented {
  description?: string
  default?: unknown
}
export interface Section extends Documented {
  type: 'object'
  properties: Record<string, SettingOrSection>
  required?: string[]
}
export interface Setting extends Documented {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  /** The variable of the environment that overrides the setting. */
  env?: string
  minimum?: number
  maximum?: number
}
export type SettingOrSection = Section | Setting
export type Values = Record<string, unknown>

const KEYWORDS: Record<SettingOrSection['type'], readonly string[]> = {
  object: ['properties', 'required'],
  string: ['env'],
  integer: ['env', 'minimum', 'maximum'],
  number: ['env', 'minimum', 'maximum'],
  boolean: ['env'],
  array: ['items'],
}

/** The schema as this module reads it; throws if it says something that would not be checked. */
export function asSection(schema: object, path: readonly string[] = []): Section {
  const { type, properties } = schema as Section
  if (type !== 'object' || !properties) throw unsupported(path, 'it must be an object')
  for (const [key, child] of Object.entries(properties)) checkSchema(child, [...path, key])
  checkKeywords(schema as Section, path)
  return schema as Section
}

function checkSchema(schema: SettingOrSection, path: readonly string[]): void {
  if (schema.type === 'object') {
    asSection(schema, path)
    return
  }
  if (!Object.hasOwn(KEYWORDS, schema.type ?? ''))
    throw unsupported(path, 'only strings, numbers, booleans, arrays of strings and objects are')
  const { items } = schema as { items?: object }
  if (schema.type === 'array' && JSON.stringify(items) !== '{"type":"string"}')
    throw unsupported(path, 'only arrays of plain strings are')
  checkKeywords(schema, path)
}

function checkKeywords(schema: SettingOrSection, path: readonly string[]): void {
  const known = ['type', 'description', 'default', ...KEYWORDS[schema.type]]
  const strange = Object.keys(schema).find((keyword) => !known.includes(keyword))
  if (strange !== undefined) throw unsupported(path, `the keyword "${strange}" is not`)
}

const unsupported = (path: readonly string[], why: string) =>
  new TypeError(`The schema of "${path.join('.')}" is not supported in a configuration: ${why}.`)

/** The defaults that the schema gives. */
export function defaultsOf(section: Section): Values {
  const values: Values = {}
  for (const [key, child] of Object.entries(section.properties)) {
    if (child.type === 'object') values[key] = defaultsOf(child)
    else if (child.default !== undefined) values[key] = structuredClone(child.default)
  }
  return values
}

/** Lays what was written over `values`; throws a ConfigError for an unknown key and for a value that does not fit. */
export function apply(
  section: Section,
  written: unknown,
  values: Values,
  place: Place,
  path: readonly string[] = [],
) {
  // A section whose every line is commented out is null to YAML.
  if (written === null || written === undefined) return
  if (typeof written !== 'object' || Array.isArray(written))
    throw mistake(place, path, `${subject(path)} must be a section of settings`)
  for (const [key, value] of Object.entries(written)) {
    const here = [...path, key]
    const child = Object.hasOwn(section.properties, key) ? section.properties[key] : undefined
    if (child === undefined) throw mistake(place, here, unknownKey(section, key, path))
    if (child.type === 'object') apply(child, value, values[key] as Values, place, here)
    else {
      const problem = problemOf(child, value)
      if (problem) throw mistake(place, here, `${subject(here)} must be ${problem}`)
      values[key] = value
    }
  }
}

/** Lays the variables of the environment over `values`; an empty variable counts as absent. */
export function applyEnvironment(section: Section, env: NodeJS.ProcessEnv, values: Values): void {
  for (const [key, child] of Object.entries(section.properties)) {
    if (child.type === 'object') {
      applyEnvironment(child, env, values[key] as Values)
      continue
    }
    const text = child.env && env[child.env]
    if (!text) continue
    const value = fromText(child.type, text)
    const problem = problemOf(child, value)
    if (problem) throw new ConfigError(`The variable ${child.env} must be ${problem}.`)
    values[key] = value
  }
}

/** The first required setting that has no value, as a path; undefined if there is none. */
export function missingSetting(
  section: Section,
  values: Values,
  path: readonly string[] = [],
): string | undefined {
  for (const [key, child] of Object.entries(section.properties)) {
    const here = [...path, key]
    if (child.type === 'object') {
      const missing = missingSetting(child, values[key] as Values, here)
      if (missing) return missing
    } else if (values[key] === undefined && section.required?.includes(key)) return here.join('.')
  }
  return undefined
}

function fromText(type: Setting['type'], text: string): unknown {
  if (type === 'boolean') return { true: true, '1': true, false: false, '0': false }[text] ?? text
  if (type === 'integer' || type === 'number') return numberIn(text) ?? text
  return text
}

/** What the value must be, if it is not; undefined if it fits. */
function problemOf(setting: Setting, value: unknown): string | undefined {
  switch (setting.type) {
    case 'string':
      return typeof value === 'string'
        ? undefined
        : 'a text; put it in quotes if it looks like something else'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'array':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? undefined
        : 'a list of texts'
    case 'integer':
      return Number.isSafeInteger(value) && inRange(setting, value)
        ? undefined
        : `a whole number${rangeOf(setting)}`
    case 'number':
      return Number.isFinite(value) && inRange(setting, value) ? undefined : `a number${rangeOf(setting)}`
  }
}

const inRange = ({ minimum = -Infinity, maximum = Infinity }: Setting, value: unknown): boolean =>
  (value as number) >= minimum && (value as number) <= maximum

function rangeOf({ minimum, maximum }: Setting): string {
  if (minimum === undefined) return maximum === undefined ? '' : ` of at most ${maximum}`
  return maximum === undefined ? ` of at least ${minimum}` : ` from ${minimum} to ${maximum}`
}

function unknownKey(section: Section, key: string, path: readonly string[]): string {
  const known = Object.keys(section.properties)
  const meant = suggestName(key, known)
  const hint = meant ? `Did you mean "${meant}"?` : `There are: ${known.join(', ')}.`
  return `there is no setting "${[...path, key].join('.').slice(0, 100)}". ${hint}`
}

const subject = (path: readonly string[]): string => (path.length === 0 ? 'the file' : `"${path.join('.')}"`)

const mistake = (place: Place, path: readonly string[], sentence: string) =>
  new ConfigError(`${place(path)}: ${sentence}${/[.?]$/.test(sentence) ? '' : '.'}`)
