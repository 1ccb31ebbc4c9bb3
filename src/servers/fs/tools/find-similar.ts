import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { answerOf, DEFAULT_HITS, FoundOutput, PageParameters } from '../found/answer.ts'
import { skippedOf } from '../found/cursor.ts'
import { FolderParameter, filtersOf } from '../found/filters.ts'
import { Options, READ_ONLY } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const findSimilar = defineTool({
  name: 'find_similar',
  title: 'Find Similar',
  description:
    'Finds passages of other documents that are close in meaning to a file, or to some of its lines.',
  capability: 'fs.read',
  alsoNeeds: 'fs.list',
  input: Type.Object(
    {
      path: Type.String({ description: 'The file, such as "/Documents/a.md".' }),
      startLine: Type.Optional(Type.Integer({ minimum: 1, description: 'Only of its lines from here' })),
      endLine: Type.Optional(Type.Integer({ minimum: 1, description: 'to here.' })),
      folder: FolderParameter,
      ...PageParameters,
    },
    Options,
  ),
  output: FoundOutput,
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler(
    { path: given, startLine, endLine, limit = DEFAULT_HITS, cursor, snippetChars, folder },
    call,
    deps: FsDeps,
  ) {
    const { files, search } = deps
    if (endLine !== undefined && endLine < (startLine ?? 1))
      throw new ToolError('endLine is before startLine.', { kind: 'invalid' })
    const { path, respelled } = asSpelled(files, given)
    const question = { path, startLine, endLine, folder }
    const skipped = skippedOf(question, cursor)
    const filters = await filtersOf({ folder }, files, Date.now())
    const found = await search.similar(
      path,
      { ...filters, count: limit, skip: skipped, startLine, endLine },
      call,
    )
    return answerOf(
      found,
      {
        question,
        skipped,
        snippetChars,
        notes: [respelled],
        hint: async () =>
          found.missing.meaning === undefined
            ? 'Nothing else is similar enough.'
            : 'Nothing was found: what is similar is found by meaning alone.',
      },
      call,
    )
  },
})
