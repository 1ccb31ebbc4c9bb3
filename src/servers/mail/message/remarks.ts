/** What is said of a message besides its text, in our words. */
import type { Part } from '../imap/client.ts'
import type { Pgp } from './pgp.ts'

/** What reading the texts has found. */
export interface Remarks {
  hasUnseen: boolean
  farPictures: number
  pgp: Pgp
}

const KEY = 'it can be read in a mail program that has the key'

/** Sentences, the most important ones first. */
export function remarksOn(
  parts: readonly Part[],
  read: readonly Remarks[],
  more: readonly string[],
): string[] {
  const isIn = (test: (part: Part) => boolean) => parts.some(test)
  const pictures = read.reduce((sum, { farPictures }) => sum + farPictures, 0)
  const smime = parts.find(({ type }) => SMIME.test(type))
  const sentences = [
    isIn(({ type, within }) => type === 'application/pgp-encrypted' || within?.at(-1) === 'encrypted') ||
    read.some(({ pgp }) => pgp === 'encrypted')
      ? `This email is encrypted with PGP; ${KEY}.`
      : undefined,
    smime &&
      (smime.parameters?.['smime-type'] === 'signed-data'
        ? 'This email is signed with S/MIME and lies within its signature; it can be read in a mail program.'
        : `This email is encrypted with S/MIME; ${KEY}.`),
    isIn(({ type }) => SMIME_SIGNATURE.test(type))
      ? 'It is signed with S/MIME; the signature was not checked.'
      : undefined,
    isIn(({ type }) => type === PGP_SIGNATURE) || read.some(({ pgp }) => pgp === 'signed')
      ? 'It is signed with PGP; the signature was not checked.'
      : undefined,
    ...more,
    read.some(({ hasUnseen }) => hasUnseen) ? 'Invisible text was left out.' : undefined,
    pictures > 0
      ? `${pictures === 1 ? 'A picture lies' : `${pictures} pictures lie`} elsewhere and ${pictures === 1 ? 'was' : 'were'} not fetched.`
      : undefined,
  ]
  return sentences.filter((sentence) => sentence !== undefined)
}

/** What reading a package of Outlook has found besides its text. */
export interface PackageContents {
  files: {
    /** Empty where it has none. */
    name: string
    /** In bytes. */
    size: number
  }[]
  isDamaged: boolean
}

/** Files in a package that are named. */
const MAX_NAMED = 20

/** What is said of a package of Outlook. `isCut` says that only its beginning was read. */
export function remarksOnPackage(
  { files, messages, isDamaged }: PackageContents & { messages: readonly unknown[] },
  isCut: boolean,
): string[] {
  const names = files
    .slice(0, MAX_NAMED)
    .map(({ name, size }) => `${name || 'without a name'} (${size} bytes)`)
  const rest = files.length - names.length
  const what =
    files.length === 0
      ? messages.length === 0
        ? 'No file was found in it.'
        : 'The emails within it are read here.'
      : `In it lies: ${names.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}. Each is read as an attachment, by its name.`
  return [
    `Its winmail.dat is a package that Outlook makes (TNEF). ${what}`,
    ...(isCut
      ? ['The winmail.dat is longer than what is read of it, and more may be in it.']
      : isDamaged
        ? ['The winmail.dat is damaged: what is told of it may be wrong, or not all.']
        : []),
  ]
}

const PGP_SIGNATURE = 'application/pgp-signature'
const SMIME = /^application\/(?:x-)?pkcs7-mime$/
const SMIME_SIGNATURE = /^application\/(?:x-)?pkcs7-signature$/
