/**
 * Names of attachments whose letters stand there as bytes, which no standard allows and many programs send. What a server lists of them
 * (BODYSTRUCTURE) is cut to UTF-8, so they are read as they were sent, from the headers of their parts.
 */
import { decoded } from '../message/charset.ts'
import type { Part } from './client.ts'
import { fileName } from './heading.ts'
import { charsetBesides } from './raw-headers.ts'

/** The fields that have them, where a message is one part and has these among its own. */
export const NAME_FIELDS = ['content-type', 'content-disposition']
/** Of the headers of one part. */
export const MAX_MIME_BYTES = 8 * 1024

/** Whether a letter was lost on the way. */
export const hasDamagedName = ({ fileName: name = '' }: Part): boolean => name.includes('\ufffd')

/** What the headers of a part are fetched by; undefined where they are those of the message. */
export const mimeKeyOf = ({ id, within }: Part): string | undefined => (within ? `${id}.mime` : undefined)

/** What the headers of a part call it; undefined where they can't be read. */
export async function rawName(mime: Buffer, parts: readonly Part[]): Promise<string | undefined> {
  const fields = mime
    .subarray(0, MAX_MIME_BYTES)
    .toString('latin1')
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
  const value =
    parameter(fields, /^content-disposition:/i, 'filename') ?? parameter(fields, /^content-type:/i, 'name')
  if (value === undefined) return undefined
  return fileName(await decoded(Buffer.from(value, 'latin1'), charsetBesides(parts)))
}

function parameter(fields: readonly string[], field: RegExp, name: string): string | undefined {
  const line = fields.find((one) => field.test(one))
  const [, quoted, plain] =
    new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(line ?? '') ?? []
  return quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1')
}
