/** Names of units: `mcp-fs@alice.socket` is the template `mcp-fs@.socket` with the instance `alice`. */
import { UnitError } from './unit-file.ts'

export interface UnitName {
  /** What stands before the `@`, or before the last dot. */
  prefix: string
  /** Undefined for a unit that is not made from a template; empty for the template itself. */
  instance: string | undefined
  /** Without its dot, such as `socket`. */
  type: string
}

export function parseUnitName(name: string): UnitName {
  const match = /^([\w:.\\-]+?)(?:@([\w:.\\-]*))?\.(service|socket|target)$/.exec(name)
  if (!match) throw new UnitError(`"${name}" is not the name of a service, socket or target unit.`)
  return { prefix: match[1] as string, instance: match[2], type: match[3] as string }
}

export const formatUnitName = (name: UnitName): string => `${withoutType(name)}.${name.type}`

const withoutType = ({ prefix, instance }: UnitName): string =>
  instance === undefined ? prefix : `${prefix}@${instance}`

/** The file that a unit is made from: its template's where it has an instance. */
export const fileOf = (name: UnitName): string =>
  formatUnitName(name.instance === undefined ? name : { ...name, instance: '' })

/**
 * The folders of drop-ins for a unit, from the least to the most specific: `mcp-.service.d`,
 * `mcp-fs@.service.d`, `mcp-fs@alice.service.d`.
 */
export function dropInFolders(name: UnitName): string[] {
  const words = name.prefix.split('-')
  const general = words
    .slice(0, -1)
    .map((_, index) => `${words.slice(0, index + 1).join('-')}-.${name.type}.d`)
  const own = `${formatUnitName(name)}.d`
  return name.instance ? [...general, `${fileOf(name)}.d`, own] : [...general, own]
}

const PERCENTAGE = /^\d+(\.\d+)?%$/

/**
 * Replaces the specifiers %i %I %n %N %p and %%, and leaves the sign of a percentage. Others mean nothing without systemd and
 * are refused.
 */
export function expandSpecifiers(value: string, name: UnitName, origin: string): string {
  if (PERCENTAGE.test(value)) return value
  return value.replace(/%(.?)/g, (whole, letter: string) => {
    switch (letter) {
      case '%':
        return '%'
      case 'i':
        return name.instance ?? ''
      case 'I':
        return unescapeName(name.instance ?? '')
      case 'n':
        return formatUnitName(name)
      case 'N':
        return withoutType(name)
      case 'p':
        return name.prefix
      default:
        throw new UnitError(`${origin}: the specifier "${whole}" is not supported; %i %I %n %N %p %% are.`)
    }
  })
}

/** What systemd-escape made of a text, turned back. */
const unescapeName = (text: string): string =>
  text
    .replaceAll('-', '/')
    .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
