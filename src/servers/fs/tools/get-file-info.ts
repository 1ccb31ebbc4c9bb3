import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import type { Files } from '../files.ts'
import { mimeTypeOf, SNIFFED_BYTES } from '../media/mime.ts'
import { Options, PathParameter, READ_ONLY, TextOutput, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const getFileInfo = defineTool({
  name: 'get_file_info',
  title: 'Get File Info',
  description:
    'Returns the size, times (UTC), permissions and type of a file or folder, and the MIME type of a file. Follows a link.',
  capability: 'fs.read',
  input: Type.Object({ path: PathParameter('The file or folder.') }, Options),
  output: TextOutput,
  annotations: READ_ONLY,
  async handler({ path: asked }, _, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const info = await files.info(path)
    const lines = {
      size: info.size,
      created: info.created.toISOString(),
      modified: info.modified.toISOString(),
      accessed: info.accessed.toISOString(),
      isDirectory: info.kind === 'folder',
      isFile: info.kind === 'file',
      permissions: (info.mode & 0o777).toString(8).padStart(3, '0'),
      ...(info.kind === 'file' ? { mimeType: await mimeType(path, files) } : {}),
    }
    const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}`)
    return textReply(text.join('\n'), {}, respelled)
  },
})

/** By the name alone where the file may not be read. */
async function mimeType(path: string, files: Files): Promise<string> {
  try {
    await using file = await files.open(path)
    return mimeTypeOf(path, await file.read(0, SNIFFED_BYTES))
  } catch {
    return mimeTypeOf(path, Buffer.alloc(0))
  }
}
