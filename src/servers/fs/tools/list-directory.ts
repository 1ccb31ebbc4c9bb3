import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { DEFAULT_PAGE } from '../limits.ts'
import { ORDERS, Page, positionOf } from '../paging.ts'
import { Slices } from '../slices.ts'
import { CursorParameter, LimitParameter, ListOutput, moreNote } from './listing.ts'
import { MARK, Options, PathParameter, READ_ONLY, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const listDirectory = defineTool({
  name: 'list_directory',
  title: 'List Directory',
  description:
    'Lists a folder by name: [DIR] marks folders, [FILE] files, [LINK] symbolic links, [OTHER] devices and the like. A large folder is returned in pages.',
  capability: 'fs.list',
  input: Type.Object(
    { path: PathParameter('The folder.'), cursor: CursorParameter, limit: LimitParameter },
    Options,
  ),
  output: ListOutput,
  annotations: READ_ONLY,
  // A file's name may come from elsewhere, as its content may.
  untrusted: 'file',
  async handler({ path: asked, cursor, limit = DEFAULT_PAGE }, { signal }, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const page = new Page<{ name: string; size: number; line: string }>(
      ORDERS.name,
      limit,
      cursor === undefined ? undefined : positionOf(cursor),
    )
    const slices = new Slices(signal)
    for await (const { name, kind } of files.entries(path)) {
      signal.throwIfAborted()
      if (slices.isOver) await slices.rest()
      page.add({ name, size: 0, line: `${MARK[kind]} ${name}` })
    }
    const { items, nextCursor } = page.finish()
    const text = items.map(({ line }) => line).join('\n')
    return textReply(
      text,
      nextCursor === undefined ? {} : { nextCursor },
      nextCursor && moreNote(nextCursor),
      respelled,
    )
  },
})
