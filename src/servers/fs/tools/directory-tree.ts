import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { LeftOut } from '../confined/left-out.ts'
import type { FsDeps } from '../deps.ts'
import type { Kind } from '../files.ts'
import { exclusionMatcher } from '../glob/glob.ts'
import { MAX_TEXT_BYTES, MAX_TREE_NODES } from '../limits.ts'
import { leftOutNotes } from './left-out.ts'
import { ExcludePatterns, Options, PathParameter, READ_ONLY, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

const TYPE: Readonly<Record<Kind, string>> = {
  file: 'file',
  folder: 'directory',
  link: 'symlink',
  other: 'other',
}

/** About how many characters each of an entry's four lines has beside its indentation and the name. */
const BESIDE_NAME = 16

interface Node {
  name: string
  type: string
  children?: Node[]
}

export const directoryTree = defineTool({
  name: 'directory_tree',
  title: 'Directory Tree',
  description: `Returns a folder and its content as JSON, recursively. Each entry has "name" and "type" (file, directory, symlink, other); directories have "children". Links are not followed. At most ${MAX_TREE_NODES} entries.`,
  capability: 'fs.list',
  input: Type.Object({ path: PathParameter('The folder.'), excludePatterns: ExcludePatterns }, Options),
  output: Type.Object({
    content: Type.String(),
    truncated: Type.Optional(Type.Boolean({ description: 'True if entries are missing.' })),
  }),
  annotations: READ_ONLY,
  // A file's name may come from elsewhere, as its content may.
  untrusted: 'file',
  async handler({ path: asked, excludePatterns = [] }, call, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const excluded = exclusionMatcher(excludePatterns)
    const leftOut = new LeftOut()
    const traversal = { wanted: (path: string) => !excluded(path), leftOut, signal: call.signal }
    const tree: Node[] = []
    const open: Node[][] = [tree]
    let count = 0
    let length = 0
    let cut = false
    for await (const { name, kind, level } of files.descendants(path, traversal)) {
      length += name.length + 4 * (4 * level + BESIDE_NAME)
      if (count === MAX_TREE_NODES || length > MAX_TEXT_BYTES) {
        cut = true
        break
      }
      if (++count % 500 === 0) call.progress(count)
      const node: Node = { name, type: TYPE[kind] }
      open.length = level
      open.at(-1)?.push(node)
      if (kind !== 'folder') continue
      node.children = []
      open.push(node.children)
    }
    const notes = leftOutNotes(leftOut)
    if (cut) notes.unshift(`Only the first ${count} entries are shown; ask for a folder further down.`)
    const note = notes.length > 0 ? notes.join(' ') : undefined
    return textReply(
      JSON.stringify(tree, null, 2),
      note === undefined ? {} : { truncated: true },
      note,
      respelled,
    )
  },
})
