import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** How long to wait before asking again, in milliseconds. */
const ASK_AGAIN_MS = 50

/** Resolves once `GET /ready` is answered with 200; rejects when the signal aborts. */
export async function untilReady(
  port: number,
  token: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  while ((await status(port, token, signal)) !== 200) await delay(ASK_AGAIN_MS, undefined, { signal })
}

/** The status of one answer; undefined where there was none. */
function status(port: number, token: string | undefined, signal: AbortSignal): Promise<number | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/ready', headers, agent: false, signal }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', () => resolve(undefined))
  })
}
