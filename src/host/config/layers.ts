/** Makes a configuration of what its files and variables say, each laid over the one before. */
import type { Static, TSchema } from 'typebox'
import type { ConfigDefinition, Environment, SettingPath } from '../../protocol/config.ts'
import type { Validator } from '../../protocol/validator.ts'
import { isRecord, numberIn, put } from '../../protocol/values.ts'
import { MOST_TOLD } from './error.ts'
import { lineOf, type Mistake, mistakesIn, unset, valueAt } from './mistakes.ts'
import {
  childOf,
  mapped,
  merged,
  missing,
  type Setting,
  settingAt,
  settingOf,
  variables,
  withDefaults,
} from './schema.ts'

/** What one file or variable says, and where in it. */
export interface Layer {
  value: unknown
  place(path: SettingPath): string
}

/** What a configuration is made of. `own` is the place of what is missing: the administrator's file, and its line if it exists. */
export interface Sources {
  own: string
  files: readonly Layer[]
  env: Environment
}

/** The configuration, or a line for each mistake. */
export function configFrom<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  { own, files, env }: Sources,
): { config: T | undefined; lines: string[] } {
  const schema = settingOf(definition.schema)
  const layers = [...files.map((file) => layerOf(file, definition)), ...variableLayers(schema, env)]
  const lines = layers.flatMap(({ value, place }) => inWords(mistakesIn(schema, validate, value), place))
  if (lines.length > 0) return { config: undefined, lines }
  const all = layers.reduce<unknown>((below, { value }) => merged(schema, below, value), {})
  const values = withDefaults(schema, all)
  const found: Mistake[] = missing(schema, values).map((path) => ({
    path,
    sentence: unset(settingAt(schema, path) ?? {}),
  }))
  const config = found.length > 0 ? undefined : derive(definition, values, found, env)
  return {
    config,
    lines: inWords(found, (path) => placeIn(layers, path) ?? variableAt(path, env) ?? own),
  }
}

/** What of a file can be used: each setting that is wrong, or the item of a list, is reported as a line and left out. */
export function usableFrom<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  file: Layer,
  tell: (line: string) => void,
): T {
  const schema = settingOf(definition.schema)
  const { value, place } = layerOf(file, definition)
  const found: Mistake[] = []
  const mistakes = mistakesIn(schema, validate, value)
  const { usable, pathOf } = without(isRecord(value) ? value : {}, mistakes)
  const derived = derive(definition, withDefaults(schema, usable), found, {})
  for (const { path, sentence } of found) mistakes.push({ path: pathOf(path), sentence })
  for (const line of inWords(mistakes, place).slice(0, MOST_TOLD)) tell(line)
  if (mistakes.length > MOST_TOLD) tell(`… and ${mistakes.length - MOST_TOLD} more mistakes.`)
  return derived
}

/**
 * Without the settings that have mistakes in them, of lists without the items. `pathOf` says where something of what is left
 * stood before.
 */
function without(value: Record<string, unknown>, mistakes: readonly Mistake[]) {
  const wrong = new Set(mistakes.map(({ path: [key] }) => key))
  const wrongItems = new Set(mistakes.map(({ path: [key, item] }) => JSON.stringify([key, item])))
  const usable: Record<string, unknown> = {}
  const kept = new Map<string, number[]>()
  for (const [key, inner] of Object.entries(value)) {
    if (!wrong.has(key)) put(usable, key, inner)
    else if (Array.isArray(inner) && !wrongItems.has(JSON.stringify([key]))) {
      const items = [...inner.keys()].filter((i) => !wrongItems.has(JSON.stringify([key, i])))
      kept.set(key, items)
      // A list of which nothing is right is not an empty one.
      if (items.length > 0)
        put(
          usable,
          key,
          items.map((i) => inner[i]),
        )
    }
  }
  const pathOf = ([key, item, ...rest]: SettingPath): SettingPath => {
    const items = kept.get(String(key))
    if (key === undefined || item === undefined) return key === undefined ? [] : [key]
    return [key, typeof item === 'number' ? (items?.[item] ?? item) : item, ...rest]
  }
  return { usable, pathOf }
}

/** A line for each mistake, in the order of the file's lines. */
function inWords(mistakes: readonly Mistake[], placeOf: Layer['place']): string[] {
  const placed = mistakes.map((mistake) => {
    const place = placeOf(mistake.path)
    return { at: numberIn(/\d+$/.exec(place)?.[0]) ?? 0, line: lineOf(place, mistake) }
  })
  return placed.sort((one, other) => one.at - other.at).map(({ line }) => line)
}

/** The place of what holds: that of the last layer which says it, or what is around it. */
function placeIn(layers: readonly Layer[], path: SettingPath): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const around = path.slice(0, length)
    const layer = layers.findLast(({ value }) => valueAt(value, around) !== undefined)
    if (layer) return layer.place(around)
  }
  return undefined
}

/** The place of a variable that the schema does not name, but what is derived from it reads. */
const variableAt = ([name, ...rest]: SettingPath, env: Environment): string | undefined =>
  typeof name === 'string' && rest.length === 0 && env[name] ? variable(name) : undefined

function derive<S extends TSchema, T = Static<S>>(
  { derive }: ConfigDefinition<S, T>,
  values: unknown,
  mistakes: Mistake[],
  env: Environment,
): T {
  if (!derive) return values as T
  return derive(values as Static<S>, (path, sentence) => mistakes.push({ path, sentence }), env)
}

/** What a file says: nothing where it holds but comments. */
function layerOf(
  { value, place }: Layer,
  { schema, under }: Pick<ConfigDefinition, 'schema' | 'under'>,
): Layer {
  const inner = under !== undefined && isRecord(value) ? valueAt(value, [under]) : undefined
  return under !== undefined && isRecord(inner)
    ? { value: written(settingOf(schema), inner), place: (path) => place([under, ...path]) }
    : { value: written(settingOf(schema), value ?? {}), place }
}

/**
 * Without the keys that have nothing behind them; of settings by name, such a one has nothing but defaults. What YAML's aliases
 * share becomes a value of its own.
 */
function written(setting: Setting | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => written(setting?.items, item))
  if (!isRecord(value)) return value
  const some: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null) put(some, key, written(childOf(setting, key), inner))
    else if (setting && mapped(setting)?.type === 'object') put(some, key, {})
  }
  return some
}

/** A layer for each variable that is set; an empty one counts as absent. */
function variableLayers(schema: Setting, env: Environment): Layer[] {
  return variables(schema).flatMap(([path, { env: name = '', type }]) => {
    const text = env[name]
    if (!text) return []
    const value = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), fromText(type, text))
    return [{ value, place: () => variable(name) }]
  })
}

const variable = (name: string): string => `variable ${name}`

function fromText(type: Setting['type'], text: string): unknown {
  if (type === 'boolean') return { true: true, '1': true, false: false, '0': false }[text] ?? text
  if (type === 'integer' || type === 'number') return numberIn(text) ?? text
  return text
}
