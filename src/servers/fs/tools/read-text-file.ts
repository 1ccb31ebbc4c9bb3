import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import type { OpenFile } from '../files.ts'
import { MAX_TEXT_BYTES } from '../limits.ts'
import { openWithRoom, TWICE } from '../opening.ts'
import { decodeText, tooLarge, tooLongEscaped } from '../text/decode.ts'
import { headBytes, tailBytes, textRange } from '../text/lines.ts'
import { Options, PathParameter, READ_ONLY, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

const DEFAULT_RANGE = 1024 * 1024
/** The longest character of UTF-8: a shorter range could end before it began. */
const MIN_RANGE = 4

/** What is reckoned for each line that is asked for, in bytes. */
const LONG_LINE = 1000

export const readTextFile = defineTool({
  name: 'read_text_file',
  title: 'Read Text File',
  description: `Reads a UTF-8 text file: all of it (up to ${MAX_TEXT_BYTES} bytes), its first lines (head), its last lines (tail), or a range of bytes (offset, length) of a file of any size.`,
  capability: 'fs.read',
  input: Type.Object(
    {
      path: PathParameter('The file.'),
      head: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Read only this many lines from the start.' }),
      ),
      tail: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Read only this many lines from the end.' }),
      ),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'Where to begin, in bytes; nextOffset of the range before.',
        }),
      ),
      length: Type.Optional(
        Type.Integer({
          minimum: MIN_RANGE,
          maximum: MAX_TEXT_BYTES,
          default: DEFAULT_RANGE,
          description: 'How many bytes to read from the offset; a character is never split.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    content: Type.String(),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next range.' })),
    size: Type.Optional(Type.Integer({ description: 'The size of the file in bytes.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ path: asked, head, tail, offset, length }, call, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const isRange = offset !== undefined || length !== undefined
    if ([head !== undefined, tail !== undefined, isRange].filter(Boolean).length > 1)
      throw new ToolError('Give only one of head, tail and a range (offset, length).')
    const lines = head ?? tail
    const most = isRange
      ? (length ?? DEFAULT_RANGE)
      : lines === undefined
        ? MAX_TEXT_BYTES
        : lines * LONG_LINE
    await using file = await openWithRoom(
      files,
      path,
      call,
      (size) => TWICE * Math.min(Math.max(0, size - (offset ?? 0)), most, MAX_TEXT_BYTES),
    )
    if (isRange) return await readRange(file, path, offset ?? 0, length ?? DEFAULT_RANGE, respelled)
    const bytes =
      head !== undefined
        ? await headBytes(file, head)
        : tail !== undefined
          ? await tailBytes(file, tail)
          : await wholeFile(file)
    if (bytes === undefined) throw tooLarge(path, file.size)
    return textReply(checked(bytes, path, file.size), {}, respelled)
  },
})

async function readRange(file: OpenFile, path: string, offset: number, length: number, respelled?: string) {
  const { bytes, start, next } = await textRange(file, offset, length)
  const text = checked(bytes, path, file.size)
  const note =
    next === undefined
      ? `Bytes ${start} to the end of ${file.size}.`
      : `Bytes ${start} to ${next - 1} of ${file.size}. The next range begins at offset ${next}.`
  return textReply(
    text,
    { size: file.size, ...(next === undefined ? {} : { nextOffset: next }) },
    note,
    respelled,
  )
}

async function wholeFile(file: OpenFile): Promise<Buffer | undefined> {
  if (file.size > MAX_TEXT_BYTES) return undefined
  const bytes = await file.read(0, MAX_TEXT_BYTES + 1)
  return bytes.length > MAX_TEXT_BYTES ? undefined : bytes
}

function checked(bytes: Buffer, path: string, size: number): string {
  const text = decodeText(bytes, path)
  if (tooLongEscaped(text)) throw tooLarge(path, size)
  return text
}
