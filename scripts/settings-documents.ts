/** What the pages say of settings, made from their schemas. */
import type { TSchema } from 'typebox'
import { type SettingRow, settingRows } from '../src/host/config/reference.ts'
import type { ServerDefinition } from '../src/protocol/define.ts'
import { markdownTable } from './documents.ts'

/** A row for each setting. Columns that would be empty are left out. */
export function settingsTable(schema: TSchema): string {
  const rows = settingRows(schema)
  const columns: [head: string, cell: (row: SettingRow) => string][] = [
    ['key', ({ key }) => quoted(key)],
    ['takes', ({ takes }) => takes],
    ['default', (row) => quoted(row.default) || 'none'],
    ['variable', ({ variable }) => quoted(variable)],
    ['meaning', ({ meaning }) => meaning],
  ]
  const used = columns.filter(
    ([head]) =>
      (head !== 'variable' || rows.some(({ variable }) => variable !== '')) &&
      (head !== 'default' || rows.some((row) => row.default !== '')),
  )
  return markdownTable(
    used.map(([head]) => head),
    rows.map((row) => used.map(([, cell]) => cell(row))),
  )
}

const quoted = (text: string): string => (text === '' ? '' : `\`${text}\``)

/** Every number among the settings is a limit. */
export const limitsTable = (schema: TSchema): string =>
  markdownTable(
    ['setting', 'default', 'meaning'],
    settingRows(schema)
      .filter(({ takes }) => takes.includes('number'))
      .map((row) => [quoted(row.key), row.default, row.meaning]),
  )

/** A table for each server that has settings of its own. */
export function serverSettings(servers: readonly ServerDefinition<unknown>[]): string {
  const tables = servers.flatMap(({ name, settings }) =>
    settings ? [`### ${name}.yaml\n\n${settingsTable(settings)}`] : [],
  )
  return tables.length === 0 ? 'No server has any yet.\n' : tables.join('\n')
}
