/** Asks the helper for the renewal of the certificate: it does one thing at a time, whoever asks for it. */

import { readSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { isRecord, parsedJson, textIn } from '../protocol/values.ts'

const ANSWER_MS = 60_000
/** What one message of the kernel takes at most: NLMSG_GOODSIZE. */
const MAX_NETLINK_BYTES = 8192

/**
 * Empties a socket on which the kernel tells of addresses and links, rtnetlink(7). What it told does not count: they are
 * looked at anew. The socket must not block.
 */
export function emptyNetlink(fd: number): void {
  const message = Buffer.alloc(MAX_NETLINK_BYTES)
  for (;;) {
    try {
      readSync(fd, message)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') return
      // There were more messages than the socket holds.
      if (code !== 'ENOBUFS') throw error
    }
  }
}

/** Throws what the helper says where the certificate could not be renewed. */
export async function askForRenewal(helper: string): Promise<void> {
  const socket = connect(helper)
  socket.setTimeout(ANSWER_MS, () =>
    socket.destroy(new Error(`The helper did not answer within ${ANSWER_MS / 1000} s.`)),
  )
  socket.end(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'certificate/renew', params: {} })}\n`)
  const answer = await text(socket)
  if (answer === '') throw new Error('The helper ended before it answered.')
  const said = parsedJson(answer)
  if (!isRecord(said)) throw new Error("The helper's answer can't be read.")
  if (isRecord(said.error))
    throw new Error(textIn(said.error.message) ?? 'The helper refused, and did not say why.')
}
