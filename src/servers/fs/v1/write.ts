import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { MAX_APPENDED_BYTES } from '../limits.ts'
import { fromBase64 } from '../text/base64.ts'
import { Encoding, Options, Path, Status } from './shapes.ts'

export const write = defineV1({
  verb: 'write',
  description: 'Writes a file, whole or not at all, or appends to one.',
  capability: 'fs.write',
  input: Type.Object(
    {
      path: Path('The file.'),
      content: Type.String(),
      encoding: Encoding,
      append: Type.Optional(Type.Boolean({ default: false })),
    },
    Options,
  ),
  positional: ['path', 'content', 'encoding', 'append'],
  result: Type.Object({ path: Type.String(), bytes_written: Type.Integer(), status: Status }),
  destructive: true,
  asksItself: true,
  stake: ['path'],
  async handler({ path, content, encoding = 'text', append = false }, call, { files }: FsDeps) {
    const bytes = encoding === 'base64' ? fromBase64(content) : fromText(content)
    if (append) await files.append(path, MAX_APPENDED_BYTES, bytes, call)
    else await files.write(path, bytes, call)
    return { path, bytes_written: bytes.length, status: append ? 'appended' : 'written' }
  },
})

function fromText(content: string): Buffer {
  if (!content.isWellFormed())
    throw new ToolError(
      'The content has half a character in it, which UTF-8 cannot hold; nothing was written.',
      { kind: 'invalid' },
    )
  return Buffer.from(content)
}
