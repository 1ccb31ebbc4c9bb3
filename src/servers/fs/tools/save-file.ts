import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { fromBase64 } from '../text/base64.ts'
import { Options } from './reply.ts'

export const saveFile = defineTool({
  name: 'save_file',
  title: 'Save File',
  description:
    'Saves bytes as a new file, and makes its folder. Replaces nothing: where the name is taken, it gets a number.',
  capability: 'fs.write',
  input: Type.Object(
    {
      path: Type.String({ description: 'Such as "/Downloads/bill.pdf".' }),
      content: Type.String({ description: 'In base64; a large file in pieces of a few megabytes.' }),
      more: Type.Optional(Type.Boolean({ default: false, description: 'Another piece follows.' })),
      upload: Type.Optional(
        Type.String({ maxLength: 100, description: 'What the answer to the piece before gave.' }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    path: Type.Optional(Type.String({ description: 'Where it is.' })),
    upload: Type.Optional(Type.String({ description: 'The next piece gives this.' })),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  stake: ['path'],
  async handler({ path, content, more = false, upload }, call, { files }: FsDeps) {
    const piece = fromBase64(content)
    if (more) {
      const next = files.saving.keep(path, piece, upload, call)
      return {
        content: [{ type: 'text' as const, text: `Send the next piece with upload "${next}".` }],
        structured: { upload: next },
      }
    }
    const saved = await files.create(path, files.saving.whole(path, piece, upload, call), call)
    return {
      content: [{ type: 'text' as const, text: `Saved as ${saved}` }],
      structured: { path: saved },
    }
  },
})
