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
    isIn(({ type, fileName = '' }) => type === 'application/ms-tnef' || /^winmail\.dat$/i.test(fileName))
      ? 'Its winmail.dat is a package that Outlook makes (TNEF); what is in it is not read here.'
      : undefined,
    ...more,
    read.some(({ hasUnseen }) => hasUnseen) ? 'Invisible text was left out.' : undefined,
    pictures > 0
      ? `${pictures === 1 ? 'A picture lies' : `${pictures} pictures lie`} elsewhere and ${pictures === 1 ? 'was' : 'were'} not fetched.`
      : undefined,
  ]
  return sentences.filter((sentence) => sentence !== undefined)
}

const PGP_SIGNATURE = 'application/pgp-signature'
const SMIME = /^application\/(?:x-)?pkcs7-mime$/
const SMIME_SIGNATURE = /^application\/(?:x-)?pkcs7-signature$/
