/** What a search may be narrowed by, as tools take it. */

import { FORMATS, type Format } from '../../../documents/formats.ts'
import { ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Files } from '../files.ts'
import type { QuestionOptions } from '../search/file-search.ts'
import { readTime } from './times.ts'

/** What files can be narrowed to: every format that is read. */
export const TYPES = Object.keys(FORMATS) as Format[]

/** In as few words as a model understands: each is in every prompt that offers the tool. */
export const FolderParameter = Type.Optional(
  Type.String({ description: 'Only in this folder or file, such as "/Documents".' }),
)

/** The parameters, for the schema of a tool. */
export const FilterParameters = {
  folder: FolderParameter,
  types: Type.Optional(
    Type.Array(Type.Enum(TYPES), { maxItems: TYPES.length, description: 'Only such files.' }),
  ),
  language: Type.Optional(Type.String({ description: 'Only in this language, such as "en".' })),
  modifiedFrom: Type.Optional(
    Type.String({ description: 'Only changed since: 2026-11-05, 2026-11, 2026, or 7d for 7 days ago.' }),
  ),
  modifiedTo: Type.Optional(Type.String({ description: 'Only changed until, written likewise.' })),
}

export interface FilterArguments {
  folder?: string | undefined
  types?: readonly Format[] | undefined
  language?: string | undefined
  modifiedFrom?: string | undefined
  modifiedTo?: string | undefined
}

/** ISO 639, with whatever a tag such as `en-GB` says besides. */
const LANGUAGE = /^([a-z]{2,3})(?:[-_][a-z\d_-]+)?$/i

type Filters = Omit<QuestionOptions, 'count' | 'skip'>

/** Throws a ToolError for what can't be meant: a folder that there is not, or a time that is none. */
export async function filtersOf(
  { folder, types, language, modifiedFrom, modifiedTo }: FilterArguments,
  files: Pick<Files, 'info'>,
  now: number,
): Promise<Filters> {
  if (folder !== undefined) await files.info(folder)
  const from = timeOf('modifiedFrom', modifiedFrom, now)?.from
  const before = timeOf('modifiedTo', modifiedTo, now)?.before
  if (from !== undefined && before !== undefined && from >= before)
    throw new ToolError('modifiedFrom is later than modifiedTo, so no file is between them.', {
      kind: 'invalid',
    })
  const code = language === undefined ? undefined : LANGUAGE.exec(language.trim())?.[1]
  if (language !== undefined && code === undefined)
    throw new ToolError('language is a code of two or three letters, such as "en" for English.', {
      kind: 'invalid',
    })
  return {
    folder,
    formats: types && types.length > 0 ? types : undefined,
    language: code?.toLowerCase(),
    modifiedFrom: from,
    modifiedTo: before,
  }
}

function timeOf(name: string, text: string | undefined, now: number) {
  if (text === undefined || text.trim() === '') return undefined
  const time = readTime(text, now)
  if (time) return time
  throw new ToolError(
    `${name} is no time that is understood: write a date such as 2026-11-05, a time such as 2026-11-05T10:00, or 7d for 7 days ago (h, d or w).`,
    { kind: 'invalid' },
  )
}
