import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { MAX_QUESTION_CHARS } from '../../../search/query/question.ts'
import { wordsOf } from '../../../search/query/words.ts'
import type { FsDeps } from '../deps.ts'
import { snippetOf } from '../found/snippet.ts'
import { Options } from './shapes.ts'

const DEFAULT_FILES = 5
const MAX_FILES = 100
const PREVIEW_CHARS = 300
/** Passages that are looked at for one file of the answer: a file counts once, by its best. */
const PASSAGES_PER_FILE = 4
const MAX_PASSAGES = 400

export const search = defineV1({
  verb: 'search',
  description: 'Finds files by what they say. Each comes once, with its best passage.',
  capability: 'fs.read',
  alsoNeeds: 'fs.list',
  input: Type.Object(
    {
      query: Type.String({ description: 'A question or words.' }),
      top_k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_FILES,
          default: DEFAULT_FILES,
          description: 'Files at most.',
        }),
      ),
      scope: Type.Optional(Type.String({ description: 'Only in this folder or file.' })),
    },
    Options,
  ),
  positional: ['query', 'top_k', 'scope'],
  result: Type.Array(Type.Object({ path: Type.String(), score: Type.Number(), preview: Type.String() })),
  destructive: false,
  untrusted: 'file',
  async handler({ query, top_k = DEFAULT_FILES, scope }, call, { files, search: index }: FsDeps) {
    const asked = query.slice(0, MAX_QUESTION_CHARS)
    if (wordsOf(asked).length === 0)
      throw new ToolError('The query has no word in it; ask with words.', { kind: 'invalid' })
    if (scope !== undefined) await files.info(scope)
    const found = new Map<string, { path: string; score: number; preview: string }>()
    const count = Math.min(MAX_PASSAGES, top_k * PASSAGES_PER_FILE)
    for (let skip = 0; skip < MAX_PASSAGES; skip += count) {
      const { hits, more } = await index.search(asked, { folder: scope, count, skip }, call)
      for (const hit of hits)
        if (found.size < top_k && !found.has(hit.path)) {
          const { text: preview } = snippetOf(hit.content, hit, PREVIEW_CHARS)
          found.set(hit.path, { path: hit.path, score: hit.score, preview })
        }
      if (!more || found.size === top_k) break
    }
    return [...found.values()]
  },
})
