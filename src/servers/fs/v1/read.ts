import { isUtf8 } from 'node:buffer'
import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { MAX_WHOLE_FILE_BYTES } from '../limits.ts'
import { mimeTypeOf, SNIFFED_BYTES } from '../media/mime.ts'
import { openWithRoom } from '../opening.ts'
import { Encoding, Options, Path } from './shapes.ts'

const BASE64 = 4 / 3
const MAX_ANSWER_BYTES = MAX_WHOLE_FILE_BYTES * BASE64

export const read = defineV1({
  verb: 'read',
  description: `Reads a file of up to ${MAX_WHOLE_FILE_BYTES} bytes, as text (UTF-8) or in base64.`,
  capability: 'fs.read',
  input: Type.Object({ path: Path('The file.'), encoding: Encoding }, Options),
  positional: ['path', 'encoding'],
  result: Type.Object({
    path: Type.String(),
    content: Type.String(),
    encoding: Type.String(),
    mime_type: Type.String(),
  }),
  destructive: false,
  untrusted: 'file',
  async handler({ path: asked, encoding = 'text' }, call, { files }: FsDeps) {
    const path = files.spelled(asked)
    await using file = await openWithRoom(files, path, call, (size) =>
      Math.min(size * (encoding === 'text' ? 1 : BASE64), MAX_ANSWER_BYTES),
    )
    const bytes = await file.read(0, MAX_WHOLE_FILE_BYTES + 1)
    if (bytes.length > MAX_WHOLE_FILE_BYTES)
      throw new ToolError(
        (tool) =>
          `${JSON.stringify(path)} has ${file.size} bytes; ${MAX_WHOLE_FILE_BYTES} are the most that are read at once. ${tool('read_text_file')} and ${tool('read_media_file')} read a part of it.`,
        { kind: 'invalid' },
      )
    if (encoding === 'text' && !isUtf8(bytes))
      throw new ToolError(`${JSON.stringify(path)} is not UTF-8 text; read it with the encoding "base64".`, {
        kind: 'invalid',
      })
    return {
      path,
      content: bytes.toString(encoding === 'text' ? 'utf8' : 'base64'),
      encoding,
      mime_type: mimeTypeOf(path, bytes.subarray(0, SNIFFED_BYTES)),
    }
  },
})
