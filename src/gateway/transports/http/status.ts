/** What can be asked about the gateway itself. */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Gate } from '../../call/call.ts'
import { bearerCredential } from '../credential.ts'
import { sendJson, sendText } from './answer.ts'
import { HttpError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Visit } from './routes.ts'

export interface StatusOptions {
  gate: Gate
  /** Whether the gateway can do its work. The details are for callers who are known. */
  readiness(): Promise<{ ready: boolean; details: object }>
  metrics(): Promise<{ type: string; text: string }>
  /** The certificate that devices have to trust, as PEM; undefined where this machine has no CA of its own. */
  ca(): string | undefined
}

export type StatusHandlers = ReturnType<typeof statusOf>

export const statusOf = ({ gate, readiness, metrics, ca }: StatusOptions) => ({
  /** GET: that the process is alive. */
  health({ res }: Visit): void {
    sendText(res, 200, 'ok')
  },

  /** GET: whether calls can be served. */
  async ready({ req, res }: Visit): Promise<void> {
    const { ready, details } = await readiness()
    let known = true
    try {
      gate.identify(bearerCredential(req.headers.authorization))
    } catch {
      known = false
    }
    sendJson(res, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...(known ? details : {}) })
  },

  async metrics({ res }: Exchange): Promise<void> {
    const { type, text } = await metrics()
    sendText(res, 200, text, type)
  },

  /** GET: what a device has to trust. Throws HttpError where there is nothing. */
  ca({ res }: Visit): void {
    const pem = ca()
    if (pem === undefined)
      throw new HttpError(
        404,
        new RpcError('METHOD_NOT_FOUND', 'This gateway has no CA of its own; it serves no HTTPS.'),
      )
    // The type by which phones and browsers offer to trust it.
    sendText(res, 200, `${pem}\n`, 'application/x-x509-ca-cert')
  },
})
