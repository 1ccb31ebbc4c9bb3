/** A part of a message as Markdown, as people would see it. */
import { isUtf8 } from 'node:buffer'
import { markdownOf } from '../../../documents/markdown.ts'
import { encodingOf } from '../../../documents/text/encoding.ts'
import { readHtml } from '../../../documents/text/html.ts'
import { cleanText } from '../../../protocol/foreign-text.ts'

export async function readText(bytes: Buffer, type: string, charset: string | undefined): Promise<string> {
  const text = await decoded(bytes, charset)
  if (type !== 'text/html') return cleanText(text).trim()
  const blocks = async function* () {
    for (const { kind, text: one, cells, level } of readHtml(text))
      yield { kind, text: one, ...(cells && { cells }), ...(level !== undefined && { level }), place: {} }
  }
  let markdown = ''
  for await (const piece of markdownOf({ blocks })) markdown += piece
  return cleanText(markdown).trim()
}

/** In the charset that the message names, where the bytes are that; else in the one that they look like. */
async function decoded(bytes: Buffer, charset: string | undefined): Promise<string> {
  const named = decoderOf(charset)
  if (named && !(isUtf8(bytes) && named.encoding === 'windows-1252')) {
    try {
      return named.decode(bytes)
    } catch {
      // The message says another charset than it has.
    }
  }
  const { encoding = 'windows-1252' } = (await encodingOf(bytes, true)) ?? {}
  return new TextDecoder(encoding).decode(bytes)
}

function decoderOf(charset: string | undefined): TextDecoder | undefined {
  if (charset === undefined || /^us-ascii$/i.test(charset)) return undefined
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    return undefined
  }
}
