/** What is attached to a message: which is meant, and its bytes, which lie at the server of the account. */
import { ToolError } from '../../../protocol/define.ts'
import { attachmentsOf, type CachedMessage } from '../cache/mail-cache.ts'
import type { Part } from '../imap/client.ts'
import { transferDecoder } from '../imap/transfer.ts'
import type { Mail, MailCall } from '../mail.ts'
import { isPackage } from '../message/texts.ts'
import { errorWith } from '../tools/fence.ts'

/** The largest that is fetched: more than providers of mail take. */
export const MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
/** How much is fetched at a time, as it is sent; others may use the connection between. */
const FETCHED_BYTES = 4 * 1024 * 1024

/** An attachment, or a file of a package of Outlook that is attached. */
export interface Attached {
  /** As its sender calls it. */
  fileName: string | undefined
  type: string
  /** About how long it is, in bytes. */
  size: number
  /** Rejects as `attachmentPieces` does. */
  pieces(): AsyncIterable<Buffer>
}

/** The one that is meant, as `attachmentNamed` finds it; what has a name that only a file in a package has is that. Rejects with a ToolError, or a MailProblem. */
export async function attachedNamed(
  mail: Mail,
  id: number,
  named: string | undefined,
  call: MailCall,
): Promise<Attached> {
  const { message } = mail.located(id)
  const packed = named === undefined ? undefined : message.header.parts.find(isPackage)
  const isAttached = attachmentsOf(message.header).some(
    ({ fileName }) => fileName?.toLowerCase() === named?.trim().toLowerCase(),
  )
  if (packed && named !== undefined && !isAttached) {
    const file = await mail.unpack(
      await wholeOf(attachmentPieces(mail, id, packed, call)),
      named.trim(),
      call,
    )
    if (file) {
      const bytes = Buffer.from(file.data)
      const pieces = async function* () {
        for (let at = 0; at < bytes.length; at += FETCHED_BYTES) yield bytes.subarray(at, at + FETCHED_BYTES)
      }
      return { fileName: file.name, type: 'application/octet-stream', size: bytes.length, pieces }
    }
  }
  const part = attachmentNamed(message, named)
  return { ...part, size: bytesOf(part), pieces: () => attachmentPieces(mail, id, part, call) }
}

/** The one that is meant: by its name, part of it, or its number among those attached; the only one where none is named. Throws a ToolError that names those there are. */
export function attachmentNamed({ id, header }: CachedMessage, named: string | undefined): Part {
  const all = attachmentsOf(header)
  const [only] = all
  if (!only) throw new ToolError(`Nothing is attached to email ${id}.`, { kind: 'not_found' })
  if (named === undefined && all.length === 1) return only
  const wanted = named?.trim().toLowerCase() ?? ''
  const has = (part: Part, test: (name: string) => boolean) => test(part.fileName?.toLowerCase() ?? '')
  const found =
    all.find((part) => has(part, (name) => name === wanted)) ??
    (/^\d{1,3}$/.test(wanted) ? all[Number(wanted) - 1] : undefined) ??
    onlyOne(wanted === '' ? [] : all.filter((part) => has(part, (name) => name.includes(wanted))))
  if (found) return found
  const names = all.map(({ fileName = 'without a name' }, i) => `${i + 1}. ${fileName}`)
  throw errorWith(
    `${named === undefined ? 'There are several attachments' : `There is no attachment ${JSON.stringify(named)}, or more than one`}; say which by "attachment", its name or number:`,
    names.join('\n'),
    { kind: named === undefined ? 'invalid' : 'not_found' },
  )
}

const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined)

/** About how long it is, in bytes: it is known only as it is sent. */
export const bytesOf = ({ size, encoding }: Part): number =>
  encoding === 'base64' ? Math.floor((size * 57) / 78) : size

/** In pieces. Rejects with a MailProblem, or a ToolError where it is gone or too long, whatever its server says about its length. */
export async function* attachmentPieces(
  mail: Mail,
  id: number,
  part: Part,
  call: Pick<MailCall, 'signal'>,
): AsyncGenerator<Buffer> {
  if (bytesOf(part) > MAX_ATTACHMENT_BYTES) throw tooLong(`about ${bytesOf(part)}`)
  const { message, mailbox, account } = mail.located(id)
  const decoder = transferDecoder(part.encoding)
  let bytes = 0
  const counted = (piece: Buffer): Buffer => {
    bytes += piece.length
    if (bytes > MAX_ATTACHMENT_BYTES) throw tooLong(`more than ${MAX_ATTACHMENT_BYTES}`)
    return piece
  }
  for (let start = 0; ; start += FETCHED_BYTES) {
    const sent = await mail.connections.use(
      account,
      (client) =>
        client.inMailbox(mailbox.path, async (open) =>
          open.state.uidValidity === mailbox.uidValidity
            ? await open.sent(message.uid, part, start, FETCHED_BYTES)
            : undefined,
        ),
      call.signal,
    )
    if (!sent)
      throw new ToolError('This message is not there any more: it was moved or deleted.', {
        kind: 'not_found',
      })
    yield counted(decoder.write(sent))
    if (sent.length < FETCHED_BYTES) break
  }
  yield counted(decoder.end())
}

export async function wholeOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

const tooLong = (bytes: string): ToolError =>
  new ToolError(
    `This attachment has ${bytes} bytes, and attachments are fetched up to ${MAX_ATTACHMENT_BYTES}. Your mail program saves it.`,
    { kind: 'invalid' },
  )
