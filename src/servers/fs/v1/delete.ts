import { defineV1 } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { Options, Path, Status } from './shapes.ts'

export const deleteMethod = defineV1({
  verb: 'delete',
  description:
    'Deletes a file or an empty folder, or with recursive a folder and all in it. Of a symbolic link the link itself.',
  capability: 'fs.delete',
  input: Type.Object(
    { path: Path('What to delete.'), recursive: Type.Optional(Type.Boolean({ default: false })) },
    Options,
  ),
  positional: ['path', 'recursive'],
  result: Type.Object({ path: Type.String(), status: Status }),
  destructive: true,
  asksItself: true,
  stake: ['path'],
  async handler({ path, recursive = false }, call, { files }: FsDeps) {
    await files.remove(path, recursive, call)
    return { path, status: 'deleted' }
  },
})
