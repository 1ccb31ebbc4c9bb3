import { pathToFileURL } from 'node:url'
import { defineTool, ToolError } from '../../../protocol/define.ts'
import type { ContentBlock } from '../../../protocol/mcp.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { MAX_MEDIA_BYTES } from '../limits.ts'
import { mimeTypeOf, SNIFFED_BYTES } from '../media/mime.ts'
import { openWithRoom, TWICE } from '../opening.ts'
import { Options, PathParameter, READ_ONLY } from './reply.ts'
import { asSpelled } from './spelling.ts'

const MediaBlock = Type.Union([
  Type.Object({ type: Type.Enum(['image', 'audio']), data: Type.String(), mimeType: Type.String() }),
  Type.Object({
    type: Type.Literal('resource'),
    resource: Type.Object({
      uri: Type.String(),
      mimeType: Type.Optional(Type.String()),
      blob: Type.String(),
    }),
  }),
])

export const readMediaFile = defineTool({
  name: 'read_media_file',
  title: 'Read Media File',
  description: `Reads any file as base64 with its MIME type: images and sounds as such, others as an embedded resource. Up to ${MAX_MEDIA_BYTES} bytes; read a larger file in ranges (offset, length), which are always resources.`,
  capability: 'fs.read',
  input: Type.Object(
    {
      path: PathParameter('The file.'),
      offset: Type.Optional(Type.Integer({ minimum: 0, description: 'Where to begin, in bytes.' })),
      length: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_MEDIA_BYTES,
          description: 'How many bytes to read from there.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    content: Type.Array(MediaBlock),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next range.' })),
    size: Type.Optional(Type.Integer({ description: 'The size of the file in bytes.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ path: asked, offset, length }, call, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const isRange = offset !== undefined || length !== undefined
    const start = offset ?? 0
    const wanted = length ?? MAX_MEDIA_BYTES
    const goesBeside = isRange && call.attaches
    await using file = await openWithRoom(files, path, call, (size) => {
      const there = Math.min(wanted, Math.max(0, size - start))
      return goesBeside ? there : TWICE * base64Length(there)
    })
    const read = await file.read(start, wanted + 1)
    if (!isRange && read.length > MAX_MEDIA_BYTES)
      throw new ToolError(
        `${JSON.stringify(path)} is too large for one reply (${file.size} bytes). Read it in ranges, with "offset" and "length" of up to ${MAX_MEDIA_BYTES} bytes.`,
      )
    const bytes = read.subarray(0, wanted)
    const beginning = start === 0 ? bytes.subarray(0, SNIFFED_BYTES) : await file.read(0, SNIFFED_BYTES)
    const mimeType = mimeTypeOf(path, beginning)
    const uri = pathToFileURL(files.pathBelow(path, '')).href
    const block = goesBeside
      ? resource(uri, mimeType, NOTHING)
      : isRange
        ? resource(uri, mimeType, bytes)
        : mediaBlock(uri, mimeType, bytes)
    return {
      content: [block as ContentBlock, ...(respelled ? [{ type: 'text' as const, text: respelled }] : [])],
      structured: {
        content: [block],
        ...(isRange ? { size: file.size } : {}),
        ...(read.length > wanted ? { nextOffset: start + wanted } : {}),
      },
      ...(goesBeside ? { attached: bytes } : {}),
    }
  },
})

/** In place of what goes beside the reply. */
const NOTHING = Buffer.alloc(0)

function mediaBlock(uri: string, mimeType: string, bytes: Buffer) {
  if (mimeType.startsWith('image/'))
    return { type: 'image' as const, data: bytes.toString('base64'), mimeType }
  if (mimeType.startsWith('audio/'))
    return { type: 'audio' as const, data: bytes.toString('base64'), mimeType }
  return resource(uri, mimeType, bytes)
}

const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3)

const resource = (uri: string, mimeType: string, bytes: Buffer) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, blob: bytes.toString('base64') },
})
