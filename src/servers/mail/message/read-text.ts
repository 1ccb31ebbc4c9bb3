/** A part of a message as Markdown, as people would see it. */
import { type Found, readMailHtml } from '../../../documents/mail/html.ts'
import { markdownOf } from '../../../documents/markdown.ts'
import { cleanText } from '../../../protocol/foreign-text.ts'
import { decoded } from './charset.ts'
import { flowed } from './flowed.ts'
import { withoutPgp } from './pgp.ts'
import type { Remarks } from './remarks.ts'

export interface TextPart {
  /** In lower case, such as `text/html`. */
  type: string
  /** As the message says, which may be wrong. */
  charset: string | undefined
  /** `format` and `delsp` (RFC 3676). */
  parameters: Readonly<Record<string, string>>
}

export interface ReadText {
  text: string
  remarks: Remarks
}

/** Runs of these are how text is hidden from eyes alone; single ones join letters and emoji. */
const UNSEEN_RUN = /(?:\p{Default_Ignorable_Code_Point}[ \u00a0]?){4}/u
/** A flag of a region, such as Scotland's. */
const FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu

export async function readText(bytes: Buffer, { type, charset, parameters }: TextPart): Promise<ReadText> {
  const whole = await decoded(bytes, charset)
  const raw = parameters.format?.toLowerCase() === 'flowed' ? flowed(whole, parameters.delsp) : whole
  const found: Found = { hasUnseen: false, farPictures: 0 }
  const written = type === 'text/html' ? await fromHtml(raw, found) : raw
  const { text, pgp } = withoutPgp(cleanText(written))
  return {
    text: text.trim(),
    remarks: {
      hasUnseen: found.hasUnseen || UNSEEN_RUN.test(written.replace(FLAG, '')),
      farPictures: found.farPictures,
      pgp,
    },
  }
}

async function fromHtml(html: string, found: Found): Promise<string> {
  const blocks = async function* () {
    for (const { kind, text, cells, level } of readMailHtml(html, found))
      yield { kind, text, ...(cells && { cells }), ...(level !== undefined && { level }), place: {} }
  }
  let markdown = ''
  for await (const piece of markdownOf({ blocks })) markdown += piece
  return markdown
}
