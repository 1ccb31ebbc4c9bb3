import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../../host/reached-as.ts'
import type { Target } from './target.ts'

/** That much of a request, whoever has read it. */
interface Addressed {
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly httpVersion?: string
  readonly socket?: { readonly localAddress?: string | undefined }
}

/**
 * The headers of a request, with a Host that says whom it is for. A target with an authority counts in its place; HTTP/1.0
 * has none, and from this machine itself no name led here. Source: RFC 9112, section 3.2.
 */
export function addressedHeaders(req: Addressed, { authority }: Target): readonly string[] {
  const { rawHeaders } = req
  if (authority !== undefined)
    return ['Host', authority, ...rawHeaders.filter((_, i) => !isHost(rawHeaders, i))]
  const isOld = req.httpVersion === '1.0' && req.headers.host === undefined
  return isOld && isLoopback(req.socket?.localAddress) ? ['Host', 'localhost', ...rawHeaders] : rawHeaders
}

/** Whether a place in the flat list of names and values is of a Host. */
const isHost = (raw: readonly string[], i: number): boolean => raw[i - (i % 2)]?.toLowerCase() === 'host'
