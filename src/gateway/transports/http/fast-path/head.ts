/**
 * The head of the requests that clients send all day: a POST with a body of a known length, on a connection that
 * stays. Only what is plain in every way is read here; whatever else there may be is left to node:http, so that
 * nothing can mean one thing here and another one there. Source: RFC 9112, sections 2 to 6.
 */
import type { IncomingHttpHeaders } from 'node:http'

export interface FastPathHead {
  readonly method: 'POST'
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turns, as they came. */
  readonly rawHeaders: readonly string[]
  /** How long the body is, in bytes. */
  readonly length: number
}

const FIRST_LINE = /^POST (\/[!-~]*) HTTP\/1\.1\r\n/
/** No folded lines, no space before a colon, nothing but printable ASCII. */
const FIELD = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~](?:[ \t!-~]*[!-~])?)?)[ \t]*\r\n/y
const LENGTH = /^(?:0|[1-9][0-9]{0,6})$/
/** What changes how the rest is to be read, or asks for more than an answer. */
const LEFT_TO_NODE: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'trailer', 'te'])
/** A wish for another protocol means nothing on a POST: WebSockets are asked for by GET (RFC 9110, section 7.8). */
const STAYS =
  /^(?:keep-alive|upgrade|http2-settings)(?:[ \t]*,[ \t]*(?:keep-alive|upgrade|http2-settings))*$/i

/** Reads a head, from its first line to the end of its last one; undefined for any that is not plain. */
export function readFastPathHead(text: string): FastPathHead | undefined {
  const first = FIRST_LINE.exec(text)
  if (!first) return undefined
  const headers: IncomingHttpHeaders = Object.create(null)
  const rawHeaders: string[] = []
  let at = first[0].length
  while (at < text.length) {
    FIELD.lastIndex = at
    const field = FIELD.exec(text)
    if (!field) return undefined
    const [line, given, value] = field as unknown as [string, string, string]
    const name = given.toLowerCase()
    if (name in headers || LEFT_TO_NODE.has(name)) return undefined
    headers[name] = value
    rawHeaders.push(given, value)
    at += line.length
  }
  const { connection, 'content-length': length } = headers
  if (connection !== undefined && connection !== 'keep-alive' && !STAYS.test(connection)) return undefined
  if (length === undefined || !LENGTH.test(length)) return undefined
  return { method: 'POST', url: first[1] as string, headers, rawHeaders, length: Number(length) }
}
