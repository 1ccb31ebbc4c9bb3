import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import type { Kind } from '../files.ts'
import { DEFAULT_PAGE } from '../limits.ts'
import { ORDERS, Page, positionOf } from '../paging.ts'
import { Slices } from '../slices.ts'
import { CursorParameter, LimitParameter, ListOutput, moreNote } from './listing.ts'
import { formatSize, MARK, Options, PathParameter, READ_ONLY, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

interface Row {
  name: string
  size: number
  kind: Kind
}

export const listDirectoryWithSizes = defineTool({
  name: 'list_directory_with_sizes',
  title: 'List Directory with Sizes',
  description:
    'Lists a folder with the sizes of its files, by name or largest first, and their total number and size. A large folder is returned in pages; the totals are of the whole folder.',
  capability: 'fs.list',
  input: Type.Object(
    {
      path: PathParameter('The folder.'),
      sortBy: Type.Optional(
        Type.Enum(['name', 'size'], { default: 'name', description: 'size: largest first.' }),
      ),
      cursor: CursorParameter,
      limit: LimitParameter,
    },
    Options,
  ),
  output: ListOutput,
  annotations: READ_ONLY,
  // A file's name may come from elsewhere, as its content may.
  untrusted: 'file',
  async handler(
    { path: asked, sortBy = 'name', cursor, limit = DEFAULT_PAGE },
    { signal },
    { files }: FsDeps,
  ) {
    const { path, respelled } = asSpelled(files, asked)
    const page = new Page<Row>(ORDERS[sortBy], limit, cursor === undefined ? undefined : positionOf(cursor))
    let folders = 0
    let others = 0
    let bytes = 0
    let unknown = 0
    const slices = new Slices(signal)
    for await (const entry of files.entries(path)) {
      signal.throwIfAborted()
      if (slices.isOver) await slices.rest()
      const details = entry.kind === 'folder' ? undefined : entry.details()
      if (entry.kind !== 'folder' && !details) unknown++
      const size = details?.size ?? 0
      if (entry.kind === 'folder') folders++
      else others++
      bytes += size
      page.add({ name: entry.name, size, kind: entry.kind })
    }
    const { items, nextCursor } = page.finish()
    const totals = `Total: ${others} files, ${folders} directories\nCombined size: ${formatSize(bytes)}`
    const text = [...items.map(row), '', totals].join('\n')
    const notes = [
      ...(unknown > 0 ? [`Sizes that could not be looked at, and count as 0: ${unknown}.`] : []),
      ...(nextCursor === undefined ? [] : [moreNote(nextCursor)]),
    ]
    const note = notes.length > 0 ? notes.join(' ') : undefined
    return textReply(text, nextCursor === undefined ? {} : { nextCursor }, note, respelled)
  },
})

const row = ({ name, size, kind }: Row): string =>
  `${MARK[kind]} ${name.padEnd(30)} ${kind === 'folder' ? '' : formatSize(size).padStart(10)}`.trimEnd()
