/** What people read of a configuration: a file that explains itself, and a table. Both are made at build time. */
import type { TSchema } from 'typebox'
import { expected, mapped, type Setting, settingOf } from './schema.ts'

const WIDTH = 100

/** A YAML file of all settings at their defaults, each under its description; those without one as a comment. */
export const exampleYaml = (schema: TSchema): string => `${lines(settingOf(schema), '').join('\n')}\n`

function lines(section: Setting, indent: string): string[] {
  return Object.entries(section.properties ?? {}).flatMap(([key, child]) => {
    const about = wrap(child.description ?? '', WIDTH - indent.length).map((line) => `${indent}# ${line}`)
    if (child.properties && section.required?.includes(key))
      return [...about, `${indent}${key}:`, ...lines(child, `${indent}  `)]
    if (child.env) about.push(`${indent}# The variable ${child.env} overrides it.`)
    // JSON is YAML.
    if (child.default !== undefined) return [...about, `${indent}${key}: ${JSON.stringify(child.default)}`]
    return [...about, ...commented(key, child).map((line) => `${indent}# ${line}`)]
  })
}

/** A setting that has no value to show: what may stand there. */
function commented(key: string, setting: Setting): string[] {
  const [inner, first, rest] = setting.items
    ? [setting.items, '  - ', '    ']
    : [mapped(setting) ?? setting, '  NAME:', '    ']
  const fields = Object.entries(inner.properties ?? {})
  if (fields.length === 0) return [`${key}: # ${expected(setting)}`]
  const shown = fields.map(
    ([name, child]) =>
      `${name}: ${child.default === undefined ? `# ${expected(child)}` : JSON.stringify(child.default)}`,
  )
  if (setting.items) return [`${key}:`, ...shown.map((line, i) => `${i === 0 ? first : rest}${line}`)]
  return [`${key}:`, ...(mapped(setting) ? [first] : []), ...shown.map((line) => `${rest}${line}`)]
}

export interface SettingRow {
  key: string
  takes: string
  default: string
  variable: string
  meaning: string
}

/** A row for each setting; NAME stands for a name in a map, [] for an item of a list. */
export function settingRows(schema: TSchema): SettingRow[] {
  return rows(settingOf(schema), '')
}

function rows(setting: Setting, key: string): SettingRow[] {
  const inner = Object.entries(setting.properties ?? {})
  const named = mapped(setting)
  if (inner.length > 0)
    return inner.flatMap(([name, child]) => rows(child, key === '' ? name : `${key}.${name}`))
  if (named?.properties) return rows(named, key === '' ? 'NAME' : `${key}.NAME`)
  if (setting.items?.properties) return rows(setting.items, `${key}[]`)
  return [
    {
      key,
      takes: expected(setting),
      default: defaultOf(setting.default),
      variable: setting.env ?? '',
      meaning: setting.description ?? '',
    },
  ]
}

function defaultOf(value: unknown): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function wrap(text: string, width: number): string[] {
  const wrapped: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = wrapped.at(-1)
    if (last !== undefined && last.length + word.length < width)
      wrapped[wrapped.length - 1] = `${last} ${word}`
    else wrapped.push(word)
  }
  return wrapped
}
