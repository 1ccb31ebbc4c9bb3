/** What the helper tells the gateway that runs. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { CERTIFICATE_TAKEN } from '../contracts/admin-helper.ts'
import { RpcError } from '../protocol/jsonrpc.ts'

const ANSWER_MS = 15_000

/** Gives the gateway behind a socket a key and its certificate. Throws where it does not take them, and says why. */
export async function giveCertificate(path: string, bundle: string): Promise<void> {
  const socket = connect(path)
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)))
  socket.end(bundle)
  let answer: string
  try {
    answer = (await text(socket)).trim()
  } catch (cause) {
    throw notTaken((cause as Error).message, cause)
  }
  if (answer !== CERTIFICATE_TAKEN) throw notTaken(answer || 'it ended before it answered')
}

const notTaken = (why: string, cause?: unknown): RpcError =>
  new RpcError(
    'INTERNAL',
    `The gateway did not accept the new certificate (${why}). Run "luca unit restart llmbasedos-gateway.service".`,
    { cause },
  )
