/** An answer in the shape of the Fetch standard, with a body that keeps to its limits. */
import type { IncomingMessage } from 'node:http'
import { OutwardError } from './error.ts'
import type { HttpRequest } from './redirect.ts'
import type { TimeLimits } from './time-limits.ts'
import { codingsOf, type SizeLimits, unpacked } from './unpack.ts'

export interface BodyLimits extends SizeLimits {
  /** In which nothing comes of a body that is being read. */
  idleMs: number
}

/** Answers to which no body belongs, whatever their headers say (RFC 9110, section 6.4.1). */
const hasNoBody = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 205 || status === 304

/** Throws an OutwardError for what means nothing. */
export function responseOf(
  incoming: IncomingMessage,
  { url, method }: HttpRequest,
  isRedirected: boolean,
  of: BodyLimits,
  time: TimeLimits,
): Response {
  const { statusCode: status = 0 } = incoming
  if (status < 200 || status > 599)
    throw new OutwardError(
      'broken_answer',
      `${url.host} answers with the status ${status}, which means nothing.`,
    )
  const headers = headersOf(incoming)
  let body: ReadableStream<Uint8Array<ArrayBuffer>> | null = null
  if (hasNoBody(method, status)) {
    time.end()
    incoming.resume()
  } else {
    const codings =
      headers.get('content-length') === '0'
        ? []
        : codingsOf(headers.get('content-encoding') ?? undefined, url.host)
    // They tell of the body as it came, not as it is given.
    if (codings.length > 0) for (const name of ['content-encoding', 'content-length']) headers.delete(name)
    body = bodyOf(incoming, codings, url.host, of, time)
  }
  const response = new Response(body, { status, headers })
  return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: isRedirected } })
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  return headers
}

/** Gives a part when one is asked for, so that what is not read does not come. */
function bodyOf(
  incoming: IncomingMessage,
  codings: readonly string[],
  place: string,
  of: BodyLimits,
  time: TimeLimits,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const parts = unpacked(incoming, codings, of, place, () => time.heard())
  const reader = parts[Symbol.asyncIterator]() as AsyncIterator<Buffer<ArrayBuffer>>
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          time.begin(of.idleMs, 'sent nothing')
          const { done, value } = await reader.next()
          time.pause()
          if (!done) return controller.enqueue(value)
          time.end()
          controller.close()
        } catch (error) {
          time.end()
          controller.error(time.signal.aborted ? time.signal.reason : brokenOff(error, place))
        }
      },
      cancel() {
        time.end()
        parts.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

function brokenOff(error: unknown, place: string): OutwardError {
  if (error instanceof OutwardError) return error
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '')
  const sentence = /^(Z_|ERR_|ZSTD_)/.test(code)
    ? `What ${place} sends can't be unpacked.`
    : `${place} ended its answer half-way.`
  return new OutwardError('broken_answer', sentence, { cause: error })
}
