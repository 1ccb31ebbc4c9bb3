import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { MAX_QUESTION_CHARS } from '../../../search/query/question.ts'
import { wordsOf } from '../../../search/query/words.ts'
import type { FsDeps } from '../deps.ts'
import { answerOf, DEFAULT_HITS, FoundOutput, hintFor, PageParameters } from '../found/answer.ts'
import { skippedOf } from '../found/cursor.ts'
import { FilterParameters, filtersOf } from '../found/filters.ts'
import { Options, READ_ONLY } from './reply.ts'

export const searchDocuments = defineTool({
  name: 'search_documents',
  title: 'Search Documents',
  description:
    'Searches the user’s documents and notes by what they say: meaning, words, exact names and numbers. Returns passages, best first, each with file, lines and a snippet.',
  capability: 'fs.read',
  // Paths are names.
  alsoNeeds: 'fs.list',
  input: Type.Object(
    {
      query: Type.String({
        description: 'A question or words; "in quotes" what must be there as written.',
      }),
      ...FilterParameters,
      ...PageParameters,
    },
    Options,
  ),
  output: FoundOutput,
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ query, limit = DEFAULT_HITS, cursor, snippetChars, ...given }, call, deps: FsDeps) {
    const { files, search } = deps
    const asked = query.slice(0, MAX_QUESTION_CHARS)
    if (wordsOf(asked).length === 0)
      throw new ToolError('The query has no word in it. Ask with words, such as "when does the lease end".', {
        kind: 'invalid',
      })
    const question = { asked, ...given }
    const skipped = skippedOf(question, cursor)
    const filters = await filtersOf(given, files, Date.now())
    const found = await search.search(asked, { ...filters, count: limit, skip: skipped }, call)
    const filtered = Object.values(given).some((value) => value !== undefined)
    return answerOf(
      found,
      {
        question,
        skipped,
        snippetChars,
        notes: [
          asked.length < query.length
            ? `Only the first ${MAX_QUESTION_CHARS} of the query’s ${query.length} characters were used.`
            : undefined,
        ],
        hint: () => hintFor(search, found, { filtered, folder: filters.folder }, call),
      },
      call,
    )
  },
})
