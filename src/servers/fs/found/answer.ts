/** The answer of a search: its hits, what it does not know yet, and what to do where nothing was found. */
import type { ToolContext, ToolReply } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { quoted } from '../confined/explain.ts'
import type { FileSearch, Found, Missing } from '../search/file-search.ts'
import { textBlocks } from '../tools/reply.ts'
import { cursorOf, MAX_SKIPPED } from './cursor.ts'
import { HitOutput, hasRange, hitOf, isInDocument, linkOf, toldHit } from './hits.ts'

export const DEFAULT_HITS = 5
export const MAX_HITS = 50
const DEFAULT_SNIPPET = 300
const MIN_SNIPPET = 40
const MAX_SNIPPET = 4000

/** The capability to have folders searched, or no longer. */
export const INDEX_CAPABILITY = 'fs.index'

/** The parameters of a page, for the schema of a tool. */
export const PageParameters = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_HITS, default: DEFAULT_HITS })),
  cursor: Type.Optional(Type.String({ description: 'nextCursor, for more hits.' })),
  snippetChars: Type.Optional(
    Type.Integer({
      minimum: MIN_SNIPPET,
      maximum: MAX_SNIPPET,
      default: DEFAULT_SNIPPET,
      description: 'Longest snippet.',
    }),
  ),
}

export const FoundOutput = Type.Object({
  hits: Type.Array(HitOutput),
  more: Type.Boolean(),
  nextCursor: Type.Optional(Type.String({ description: 'For more hits, give this as cursor.' })),
  missing: Type.Object(
    {
      files: Type.Integer({ description: 'Files that are not read yet.' }),
      passages: Type.Integer({ description: 'Passages that only their words find yet.' }),
      isLooking: Type.Boolean({ description: 'It is being looked what has changed.' }),
      meaning: Type.Optional(Type.String({ description: 'Why meaning finds nothing.' })),
    },
    { description: 'What this answer does not know.' },
  ),
  hint: Type.Optional(Type.String({ description: 'What to do where nothing was found.' })),
})

export interface Asked {
  /** What a cursor belongs to. */
  readonly question: object
  readonly skipped: number
  readonly snippetChars?: number | undefined
  /** What is said besides. */
  readonly notes?: readonly (string | undefined)[]
  /** Says what to do where there is no hit. */
  hint(): Promise<string>
}

type Answering = Pick<ToolContext, 'nameOf'>

export async function answerOf(
  { hits: found, more, missing }: Found,
  { question, skipped, snippetChars = DEFAULT_SNIPPET, notes = [], hint }: Asked,
  call: Answering,
): Promise<ToolReply<Type.Static<typeof FoundOutput>>> {
  const hits = found.map((one) => hitOf(one, snippetChars))
  const next = skipped + hits.length
  const hasMore = more && hits.length > 0
  const nextCursor = hasMore && next <= MAX_SKIPPED ? cursorOf(question, next) : undefined
  const advice = hits.length === 0 ? (skipped > 0 ? 'There are no more hits.' : await hint()) : undefined
  const texts = [
    advice ?? hits.map((hit, i) => toldHit(hit, skipped + i + 1)).join('\n\n'),
    [
      hits.some(hasRange) &&
        `To read a passage and what is around it, call ${call.nameOf('read_text_file')} with its path, offset and length.`,
      hits.some(isInDocument) && `${call.nameOf('read_document')} reads the others, or some of their pages.`,
      nextCursor && `There are more hits: call again with cursor "${nextCursor}".`,
      missingNote(missing),
      ...notes,
    ]
      .filter(Boolean)
      .join('\n'),
  ].filter((text) => text !== '')
  return {
    content: [...textBlocks(...texts), ...hits.map(linkOf)],
    structured: {
      hits,
      more: hasMore,
      ...(nextCursor === undefined ? {} : { nextCursor }),
      missing: {
        files: missing.files,
        passages: missing.passages,
        isLooking: missing.isLooking,
        ...(missing.meaning === undefined ? {} : { meaning: missing.meaning }),
      },
      ...(advice === undefined ? {} : { hint: advice }),
    },
  }
}

function missingNote({ files, passages, isLooking, meaning }: Missing): string | undefined {
  const parts = [
    files > 0 && `${count(files, 'file')} ${files === 1 ? 'is' : 'are'} not read yet`,
    passages > 0 &&
      meaning === undefined &&
      `${count(passages, 'passage')} can only be found by ${passages === 1 ? 'its' : 'their'} words yet`,
    isLooking && files === 0 && 'changed files are being looked for',
  ].filter((part) => part !== false)
  const note =
    parts.length === 0 ? '' : `Not all is known yet: ${parts.join(', ')}. Ask again later for more.`
  return [note, meaning].filter(Boolean).join('\n') || undefined
}

export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

/** What a search without a hit says, for the reason that is there. */
export async function hintFor(
  search: FileSearch,
  { missing }: Found,
  { filtered, folder }: { filtered: boolean; folder?: string | undefined },
  { nameOf, may }: Pick<ToolContext, 'nameOf' | 'may'>,
): Promise<string> {
  const add = may(INDEX_CAPABILITY)
    ? `Ask the user which folder, such as "/Documents", then call ${nameOf('index_add')} with it.`
    : 'Ask the user to add one, such as with "luca index add ~/Documents".'
  const folders = await search.folders()
  if (folders.length === 0) return `Nothing was found: no folder is searched yet. ${add}`
  if (folder !== undefined && !folders.some(({ path }) => overlaps(path, folder)))
    return `Nothing was found: ${quoted(folder)} is not searched. These folders are: ${folders
      .slice(0, MAX_TOLD_FOLDERS)
      .map(({ path }) => quoted(path))
      .join(', ')}. ${add}`
  return [
    'Nothing was found that answers this well enough.',
    filtered && 'Leave out filters, or widen them.',
    missing.files === 0 &&
      'Ask in other words; a word, name or number that the text has helps most, in the language of the text.',
    `${nameOf('search_files')} finds files by their names.`,
  ]
    .filter(Boolean)
    .join(' ')
}

const MAX_TOLD_FOLDERS = 10

/** Whether one of them is in the other. */
const overlaps = (one: string, other: string): boolean => isIn(one, other) || isIn(other, one)

const isIn = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
