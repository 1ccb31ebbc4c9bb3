import { defineTool } from '../../../protocol/define.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Problem } from '../../../search/index/overview.ts'
import { quoted } from '../confined/explain.ts'
import type { FsDeps } from '../deps.ts'
import { count, INDEX_CAPABILITY } from '../found/answer.ts'
import { toldFileScans, toldScans } from '../found/told-scans.ts'
import type { FileStatus, IndexOverview, IndexStatus, ScanStatus } from '../search/file-search.ts'
import { Options, READ_ONLY, textBlocks } from './reply.ts'

const STATES = ['idle', 'looking', 'reading', 'embedding', 'recognising', 'paused'] as const
/** Of what is wrong with files so much is told in words. */
const TOLD_PROBLEMS = 3
const FILE_STATES = ['searched', 'waiting', 'left-out'] as const

export const indexStatus = defineTool({
  name: 'index_status',
  title: 'Search Status',
  description:
    'Tells which folders {tool:search_documents} searches and how far their files are read; or, with a path, why a file is or is not found.',
  capability: 'fs.list',
  // Why a file is left out may stand in another file.
  alsoNeeds: 'fs.read',
  input: Type.Object({ path: Type.Optional(Type.String({ description: 'One file.' })) }, Options),
  output: Type.Object({
    folders: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), problem: Type.Optional(Type.String()) })),
    ),
    state: Type.Optional(Type.Enum([...STATES])),
    problem: Type.Optional(Type.String()),
    files: Type.Optional(Type.Integer({ description: 'Files that are searched.' })),
    waiting: Type.Optional(Type.Integer({ description: 'Files that are to be read.' })),
    leftOut: Type.Optional(Type.Integer({ description: 'Files that can’t be read.' })),
    passages: Type.Optional(Type.Integer()),
    withoutMeaning: Type.Optional(Type.Integer({ description: 'Passages that only their words find yet.' })),
    model: Type.Optional(Type.String({ description: 'What finds by meaning.' })),
    formerModel: Type.Optional(
      Type.String({ description: 'What finds by meaning until the model has embedded all.' }),
    ),
    problems: Type.Optional(
      Type.Array(
        Type.Object({ why: Type.String(), files: Type.Integer(), examples: Type.Array(Type.String()) }),
        { description: 'Of files that are left out, or searched in part.' },
      ),
    ),
    scans: Type.Optional(
      Type.Object(
        {
          pages: Type.Integer(),
          pictures: Type.Integer(),
          read: Type.Integer({ description: 'Pages and pictures that OCR has read.' }),
          failed: Type.Integer({ description: 'Those that it could not read.' }),
          languages: Type.Optional(
            Type.Array(Type.String(), { description: 'Absent where there is no OCR.' }),
          ),
          told: Type.Array(Type.String(), { description: 'What to know and to do about it.' }),
        },
        { description: 'Pages and pictures without text that OCR may read.' },
      ),
    ),
    bytes: Type.Optional(
      Type.Object(
        { onDisk: Type.Integer(), texts: Type.Integer(), vectors: Type.Integer() },
        { description: 'What is kept on the disk, all of it and of that texts and vectors.' },
      ),
    ),
    lookedAt: Type.Optional(Type.String({ description: 'When all was looked through last, ISO 8601.' })),
    file: Type.Optional(
      Type.Object({
        path: Type.String(),
        state: Type.Enum([...FILE_STATES]),
        why: Type.Optional(Type.String()),
        passages: Type.Integer(),
      }),
    ),
  }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ path }, call, { search }: FsDeps) {
    if (path !== undefined) {
      const { scans, ...known } = await search.statusOf(path)
      const told = [known.why, ...(scans ? toldFileScans(scans, known.passages) : [])].filter(Boolean)
      const file = { ...known, why: told.length === 0 ? undefined : told.join(' ') }
      return { content: textBlocks(toldFile(file)), structured: { file: withoutGaps(file) } }
    }
    const status = await search.status()
    const { folders, left, lookedAt, overview, scans, ...rest } = status
    const add = call.may(INDEX_CAPABILITY)
      ? `${call.nameOf('index_add')} adds one.`
      : 'The user adds one with "luca index add FOLDER".'
    return {
      content: textBlocks(folders.length === 0 ? `No folder is searched yet. ${add}` : told(status)),
      structured: {
        folders: folders.map((folder) => withoutGaps(folder)),
        ...withoutGaps(rest),
        leftOut: left,
        ...(scans && { scans: scansIn(scans) }),
        ...(overview && overviewIn(overview)),
        ...(lookedAt === undefined ? {} : { lookedAt: new Date(lookedAt).toISOString() }),
      },
    }
  },
})

const overviewIn = ({ problems, onDisk, texts, vectors }: IndexOverview) => ({
  problems: problems.map(({ why, files, examples }) => ({ why, files, examples: [...examples] })),
  bytes: { onDisk, texts, vectors },
})

const scansIn = ({ pages, pictures, read, failed, languages, ...rest }: ScanStatus) => ({
  pages,
  pictures,
  read,
  failed,
  ...(languages && { languages: [...languages] }),
  told: toldScans({ pages, pictures, read, failed, languages, ...rest }),
})

const toldProblem = ({ why, files, examples }: Problem): string =>
  `${count(files, 'file')}, such as ${quoted(examples[0] ?? '')}: ${cleanLine(why)}`

function toldFile({ path, state, why, passages }: Omit<FileStatus, 'scans'>): string {
  if (state !== 'searched') return `${quoted(path)} is not found: ${why}`
  return `${quoted(path)} is searched, with ${count(passages, 'passage')}.${why === undefined ? '' : ` ${why}`}`
}

function told(status: IndexStatus): string {
  const {
    folders,
    state,
    problem,
    files,
    waiting,
    left,
    passages,
    withoutMeaning,
    model,
    formerModel,
    lookedAt,
  } = status
  const { overview, scans } = status
  return [
    `Searched folders: ${folders.map(({ path, problem }) => quoted(path) + (problem === undefined ? '' : ` (${problem})`)).join(', ')}.`,
    `${count(files, 'file')} with ${count(passages, 'passage')} can be found by words${withoutMeaning === 0 && model !== undefined ? ' and by meaning' : ''}.`,
    formerModel !== undefined &&
      `${count(withoutMeaning, 'passage')} to be embedded by ${model}; until then ${formerModel} finds by meaning.`,
    withoutMeaning > 0 &&
      model !== undefined &&
      formerModel === undefined &&
      `${count(withoutMeaning, 'passage')} can’t be found by meaning yet.`,
    waiting > 0 && `${count(waiting, 'file')} to be read.`,
    left > 0 && `${count(left, 'file')} left out; give a path to learn why.`,
    ...(scans ? toldScans(scans) : []),
    ...(overview?.problems ?? []).slice(0, TOLD_PROBLEMS).map(toldProblem),
    model === undefined ? undefined : `Model: ${model}.`,
    `State: ${state}${problem === undefined ? '' : `, ${problem}`}.`,
    lookedAt !== undefined && `Last look at all folders: ${new Date(lookedAt).toISOString()}.`,
  ]
    .filter(Boolean)
    .join('\n')
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the fields that say nothing. */
const withoutGaps = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
