import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { LeftOut } from '../confined/left-out.ts'
import type { FsDeps } from '../deps.ts'
import { exclusionMatcher, globMatcher } from '../glob/glob.ts'
import { DEFAULT_MATCHES, MAX_MATCHES, MAX_TEXT_BYTES } from '../limits.ts'
import { leftOutNotes } from './left-out.ts'
import { ExcludePatterns, Options, PathParameter, READ_ONLY, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const searchFiles = defineTool({
  name: 'search_files',
  title: 'Search Files',
  description:
    'Finds files and folders below a folder by a glob pattern that matches their path relative to it (or from the top folder, if it starts with "/"): "*.md" in that folder itself, "**/*.md" at any depth, "**/*invoice*" by a part of the name. Returns full paths. Links are not followed.',
  capability: 'fs.list',
  input: Type.Object(
    {
      path: PathParameter('The folder.'),
      pattern: Type.String({
        description: 'Supports *, **, ?, [a-z] and {one,two}. Dots are ordinary characters.',
      }),
      excludePatterns: ExcludePatterns,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_MATCHES,
          default: DEFAULT_MATCHES,
          description: 'Maximum number of matches.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    content: Type.String(),
    truncated: Type.Optional(Type.Boolean({ description: 'True if there may be more matches.' })),
  }),
  annotations: READ_ONLY,
  // A file's name may come from elsewhere, as its content may.
  untrusted: 'file',
  async handler(
    { path: asked, pattern, excludePatterns = [], limit = DEFAULT_MATCHES },
    call,
    { files }: FsDeps,
  ) {
    const { path, respelled } = asSpelled(files, asked)
    const fromRoot = pattern.startsWith('/')
    const start = fromRoot ? files.fromRoot(path) : ''
    const matches = globMatcher(fromRoot ? files.fromRoot(pattern) : pattern)
    const excluded = exclusionMatcher(excludePatterns)
    const leftOut = new LeftOut()
    const traversal = { wanted: (path: string) => !excluded(path), leftOut, signal: call.signal }
    const found: string[] = []
    let seen = 0
    let length = 0
    let cut = false
    for await (const entry of files.descendants(path, traversal)) {
      if (++seen % 500 === 0) {
        call.progress(seen, undefined, `${found.length} found`)
        await call.drained()
      }
      if (!matches(start === '' ? entry.path : `${start}/${entry.path}`)) continue
      const shown = files.pathBelow(path, entry.path)
      length += shown.length + 1
      if (found.length === limit || length > MAX_TEXT_BYTES) {
        cut = true
        break
      }
      found.push(shown)
    }
    const notes = leftOutNotes(leftOut)
    if (cut) notes.unshift(`Only the first ${found.length} matches are shown; use a narrower pattern.`)
    if (found.length === 0 && fromRoot)
      notes.push(
        'A pattern with "/" at its start is matched against whole paths from the top folder; without it, against paths below the folder that is searched.',
      )
    else if (found.length === 0 && !/[*?[{]/.test(pattern))
      notes.push(
        `The pattern is matched against whole paths; to find a part of a name, use "**/*${pattern}*".`,
      )
    const note = notes.length > 0 ? notes.join(' ') : undefined
    return textReply(
      found.join('\n') || 'No matches found',
      cut || !leftOut.isEmpty ? { truncated: true } : {},
      note,
      respelled,
    )
  },
})
