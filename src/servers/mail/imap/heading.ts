/** Who wrote a message to whom, and about what: of one that a server has, or of one within another. */
import type { MessageAddressObject, MessageEnvelopeObject } from 'imapflow'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import type { Address, MessageHeading } from './client.ts'
import { mailTime } from './mail-time.ts'

const MAX_PEOPLE = 200
/** A subject, and a name of a person or a file, in characters. */
const MAX_SUBJECT = 1000
const MAX_NAME = 320

export const headingOf = ({ subject, from, to, cc, date }: MessageEnvelopeObject): MessageHeading => ({
  subject: line(subject, MAX_SUBJECT),
  from: people(from),
  to: people(to),
  cc: people(cc),
  sentAt: mailTime(date),
})

export const fileName = (name: string): string => line(name, MAX_NAME)

export const people = (all: readonly MessageAddressObject[] = []): Address[] =>
  all
    .slice(0, MAX_PEOPLE)
    .map(({ name, address }) => ({ name: line(name, MAX_NAME), address: line(address, MAX_NAME) }))

const line = (text = '', max: number): string =>
  ownCopy(
    cleanLine(text.slice(0, 4 * max))
      .slice(0, max)
      .toWellFormed(),
  )

/** V8 keeps all of a string in memory as long as a slice of it is used. */
export const ownCopy = (slice: string): string => Buffer.from(slice).toString()
