/** A v1 method that answers in several results with one id, as `mcp.llm.chat` does when it streams. */
import { connect } from 'node:net'
import { parse, RpcError } from '../protocol/jsonrpc.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { ConnectionLost } from './connection.ts'

export interface V1StreamOptions {
  /** Aborting it closes the connection, which ends the work on the other side. */
  signal: AbortSignal
  /** Gets each result; gives whether it was the last. */
  onResult(result: unknown): boolean
}

/**
 * Calls over a connection of its own and settles with the last result. Rejects with an RpcError for an error answer,
 * ConnectionLost where the connection ends before that, the system's error where there is none, or the signal's reason.
 */
export function streamV1(
  path: string,
  method: string,
  params: unknown[],
  { signal, onResult }: V1StreamOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = connect(path)
    const onAbort = () => end(() => reject(signal.reason))
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      settle()
    }
    const reader = new MessageReader({
      onText(text) {
        const parsed = parse(text)
        if (parsed.kind !== 'response' || socket.destroyed) return
        const { message } = parsed
        if ('error' in message) {
          const { code, message: what, data } = message.error
          end(() => reject(new RpcError(code, what, { data })))
        } else if (onResult(message.result)) end(resolve)
      },
      onRefused: (error) => end(() => reject(new RpcError(error.code, error.message))),
    })
    signal.addEventListener('abort', onAbort, { once: true })
    let connected = false
    socket.once('connect', () => {
      connected = true
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`)
    })
    socket.on('data', (chunk: Buffer) => reader.push(chunk))
    socket.once('error', (cause) =>
      end(() => reject(connected ? new ConnectionLost('The connection broke.', { cause }) : cause)),
    )
    socket.once('close', () => end(() => reject(new ConnectionLost('The connection was closed.'))))
  })
}
