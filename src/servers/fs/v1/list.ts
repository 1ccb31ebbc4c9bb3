import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Kind } from '../confined/entries.ts'
import type { FsDeps } from '../deps.ts'
import type { LinkEnd } from '../files.ts'
import { MAX_WHOLE_FOLDER } from '../limits.ts'
import { Slices } from '../slices.ts'
import { Options, Path } from './shapes.ts'

const TYPES = ['file', 'directory', 'symlink', 'other', 'inaccessible'] as const
const TYPE_OF: Record<Kind, (typeof TYPES)[number]> = {
  file: 'file',
  folder: 'directory',
  link: 'symlink',
  other: 'other',
}
const END_OF: Record<LinkEnd, string> = {
  file: 'file',
  folder: 'directory',
  other: 'other',
  nothing: 'nothing',
  outside: 'outside',
  unknown: 'unknown',
}
/** Of what has none, or can't be looked at. */
const NO_SIZE = -1

export const list = defineV1({
  verb: 'list',
  description: 'Lists what is in a folder.',
  capability: 'fs.list',
  input: Type.Object({ path: Path('The folder.') }, Options),
  positional: ['path'],
  result: Type.Array(
    Type.Object({
      name: Type.String(),
      path: Type.String(),
      type: Type.Enum([...TYPES]),
      size: Type.Integer({ description: 'In bytes; -1 for a folder.' }),
      modified_at: Type.String({ description: 'ISO 8601; empty where it can not be looked at.' }),
      leads_to: Type.Optional(
        Type.Enum(Object.values(END_OF), {
          description:
            'Of a symlink, what is at its end: "nothing" where it is broken, "outside" where it leaves what is served, "unknown" where that may not be looked at.',
        }),
      ),
    }),
  ),
  destructive: false,
  untrusted: 'file',
  async handler({ path: asked }, { signal }, { files }: FsDeps) {
    const path = files.spelled(asked)
    const found = []
    const slices = new Slices(signal)
    for await (const { name, kind, details, leadsTo } of files.entries(path)) {
      signal.throwIfAborted()
      if (slices.isOver) await slices.rest()
      if (found.length === MAX_WHOLE_FOLDER)
        throw new ToolError(
          (tool) =>
            `${JSON.stringify(path)} has more than ${MAX_WHOLE_FOLDER} entries; list it in pages with ${tool('list_directory')}.`,
          { kind: 'invalid' },
        )
      const seen = details()
      found.push({
        name,
        path: files.pathBelow(path, name),
        type: seen ? TYPE_OF[kind] : ('inaccessible' as const),
        size: seen && kind !== 'folder' ? seen.size : NO_SIZE,
        modified_at: seen?.modified.toISOString() ?? '',
        ...(seen && kind === 'link' ? { leads_to: END_OF[leadsTo()] } : {}),
      })
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  },
})
