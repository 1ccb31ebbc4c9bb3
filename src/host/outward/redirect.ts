/** Where an answer points, and with what it is asked for there (RFC 9110, section 15.4; the Fetch standard). */
import { OutwardError } from './error.ts'

export interface HttpRequest {
  url: URL
  method: string
  headers: Headers
  body: Uint8Array | undefined
}

export const MOST_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What may be sent to another origin: all else may be a credential, whatever its name is. */
const FOR_ANYONE = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-language',
  'content-type',
  'depth',
  'if-modified-since',
  'if-none-match',
  'prefer',
  'range',
  'user-agent',
])

/** The next request; undefined where an answer points nowhere. Throws an OutwardError for what is not followed. */
export function redirected(
  { url, method, headers, body }: HttpRequest,
  status: number,
  location: string | undefined,
  mayDowngrade: (to: URL) => boolean,
): HttpRequest | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined
  const to = URL.parse(location, url)
  if (!to) throw new OutwardError('bad_redirect', `${url.host} points to something that is no address.`)
  if (url.protocol === 'https:' && to.protocol === 'http:' && !mayDowngrade(to))
    throw new OutwardError(
      'bad_redirect',
      `${url.host} points from https to http at ${to.host}, where others on the way could read along; this is not followed.`,
    )
  const becomesGet =
    (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')
  const kept = new Headers(headers)
  if (becomesGet) for (const name of [...kept.keys()]) if (name.startsWith('content-')) kept.delete(name)
  if (to.origin !== url.origin)
    for (const name of [...kept.keys()]) if (!FOR_ANYONE.has(name)) kept.delete(name)
  return {
    url: to,
    method: becomesGet ? 'GET' : method,
    headers: kept,
    body: becomesGet ? undefined : body,
  }
}
