/**
 * The way out, for the few servers whose units grant the network. Addresses come from mail, from documents, from models
 * and from other servers' answers, so each is checked: what is not public is reached only where the owner named the host.
 * Variables such as HTTPS_PROXY mean nothing here: a proxy would choose the address that was to be checked.
 */
import { lookup, resolveSrv } from 'node:dns/promises'
import type { Socket } from 'node:net'
import { unlessAborted } from '../unless-aborted.ts'
import { addressClass } from './address-class.ts'
import { openConnection, overTls, placeOf, type Tls, type Ways } from './connect.ts'
import { OutwardError, outwardError } from './error.ts'
import { type ExchangeLimits, Exchanges, portOf } from './exchange.ts'
import { isLocal } from './local-networks.ts'
import { hostIn, hostOf, namedHosts } from './named-hosts.ts'
import { type HttpRequest, MOST_REDIRECTS, redirected } from './redirect.ts'
import { type BodyLimits, responseOf } from './response.ts'
import { TimeLimits } from './time-limits.ts'
import { CODINGS } from './unpack.ts'

export { OutwardError, type OutwardFailure } from './error.ts'

/** Times are milliseconds. All but the length of headers may be Infinity. */
export interface OutwardLimits extends ExchangeLimits, BodyLimits {
  /** To look a name up, to connect, and for TLS. */
  connectMs: number
  /** For everything, redirects and the body included. */
  wholeMs: number
}

export const OUTWARD_LIMITS: Readonly<OutwardLimits> = {
  connectMs: 10_000,
  firstByteMs: 30_000,
  idleMs: 30_000,
  wholeMs: 120_000,
  headerBytes: 32 * 1024,
  receivedBytes: 32 * 1024 * 1024,
  unpackedBytes: 64 * 1024 * 1024,
  ratio: 200,
}

export interface OutwardOptions extends Partial<Omit<Ways, 'named'>> {
  /** Hosts that the owner named, as `host` or `host:port` (`NamedHostsSetting`). */
  namedHosts?: readonly string[]
  /** Where the owner names them, for messages, such as `"hosts" in search.yaml`. */
  setting: string
  /** Ports that HTTP may use; 80, 443 and all from 1024 on without it. */
  ports?: readonly number[]
  limits?: Partial<OutwardLimits>
}

export interface OutwardInit extends RequestInit {
  /** Other limits for this request alone. */
  limits?: Partial<OutwardLimits>
}

export interface Outward {
  /**
   * As the global `fetch`, by HTTP/1.1, for http and https. The body of the answer comes unpacked, no faster than it is
   * read, and fails with an OutwardError at a limit; one that is not read to its end must be cancelled. Redirects are
   * followed three times, each checked as a request of its own. Throws an OutwardError, or the signal's reason.
   */
  fetch(url: string | URL, init?: OutwardInit): Promise<Response>
  /**
   * A connection for other protocols, such as IMAP and SMTP, at any port. With `tls` the certificate is the host's, or the one
   * whose SHA-256 fingerprint `pin` is. It ends with the signal. Listen to its errors. Throws an OutwardError, or the signal's reason.
   */
  connect(host: string, port: number, options: { tls: Tls; signal?: AbortSignal }): Promise<Socket>
  /** Goes on by TLS on a connection that began without, once the protocol has agreed on that (STARTTLS). */
  startTls(
    socket: Socket,
    host: string,
    options?: { pin?: string | undefined; signal?: AbortSignal },
  ): Promise<Socket>
  /**
   * Where a domain says that a service is (SRV, RFC 2782), such as `_imaps._tcp.example.org`, the first to be tried first. Empty where it
   * says nothing, or names are not looked up in time. Nobody vouches for what it says: check who answers there.
   */
  services(name: string, signal?: AbortSignal): Promise<Service[]>
  /** Ends the connections that are kept for more requests. */
  close(): void
}

export interface Service {
  host: string
  port: number
}

export function createOutward({
  namedHosts: names = [],
  setting,
  ports,
  limits,
  ...own
}: OutwardOptions): Outward {
  const ways: Ways = {
    resolve: byTheMachine,
    classify: classifyHere,
    ...own,
    setting,
    named: namedHosts(names),
  }
  const usual: OutwardLimits = { ...OUTWARD_LIMITS, ...limits }
  const exchanges = new Exchanges((host, port, tls, signal) =>
    within(placeOf({ host, port }), signal, (until) => openConnection({ host, port, tls }, ways, until)),
  )

  return {
    async fetch(input, { limits: ofThis, ...init } = {}) {
      const url = checkedUrl(typeof input === 'string' ? input : input.href)
      const of = { ...usual, ...ofThis }
      const request = new Request(url, init)
      // Not the signal of the request, which follows this one only until the request is collected as garbage.
      const time = new TimeLimits(url.host, of.wholeMs, init.signal ?? undefined)
      try {
        time.signal.throwIfAborted()
        return await answer(await requestOf(url, request), request.redirect, of, time)
      } catch (error) {
        time.end()
        if (time.signal.aborted) throw time.signal.reason
        throw outwardError(error, url.host)
      }
    },
    async connect(text, port, { tls, signal }) {
      const host = hostOf(text)
      if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65535)
        throw new OutwardError('bad_address', 'This is not a host and a port between 1 and 65535.')
      const socket = await within(placeOf({ host, port }), signal, (until) =>
        openConnection({ host, port, tls }, ways, until),
      )
      return endingWith(socket, signal)
    },
    async startTls(socket, text, { pin, signal } = {}) {
      const host = hostOf(text) ?? text
      return within(host, signal, async (until) => {
        try {
          const tls = pin === undefined ? true : { pin }
          return endingWith(await overTls(socket, { host, tls }, ways, until), signal)
        } catch (error) {
          until.throwIfAborted()
          throw outwardError(error, host)
        }
      })
    },
    async services(name, signal) {
      const records = await within(name, signal, (until) =>
        unlessAborted((ways.resolveServices ?? resolveSrv)(name), until),
      ).catch(() => {
        signal?.throwIfAborted()
        return []
      })
      return records
        .toSorted((one, other) => one.priority - other.priority)
        .flatMap(({ name: host, port }) => {
          // A single dot says that there is none.
          const known = hostOf(host.replace(/\.$/, ''))
          return known === undefined || port === 0 ? [] : [{ host: known, port }]
        })
    },
    close: () => exchanges.close(),
  }

  /** Gives up after the time for connecting. */
  async function within<T>(
    place: string,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const time = new TimeLimits(place, Number.POSITIVE_INFINITY, caller)
    time.begin(usual.connectMs, 'was not reached')
    try {
      return await work(time.signal)
    } finally {
      time.end()
    }
  }

  /** A URL that may be asked, but for its addresses. Throws an OutwardError that tells nothing of it but its host. */
  function checkedUrl(text: string): URL {
    const url = URL.parse(text)
    const fails = (sentence: string) => new OutwardError('bad_address', sentence)
    if (!url) throw fails('This is no address: it must begin with https:// or http:// and name a host.')
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw fails('Servers reach https:// and http:// alone, and this address begins otherwise.')
    const host = hostIn(url)
    if (host === undefined) throw fails('This address names no host that there can be.')
    if (url.username !== '' || url.password !== '')
      throw fails(`The address at ${url.host} has a name or a password in it; leave it out.`)
    const port = portOf(url)
    const isAllowed = ports ? ports.includes(port) : port === 80 || port === 443 || port >= 1024
    if (!isAllowed && !(port > 0 && ways.named.has(host, port)))
      throw new OutwardError(
        'refused',
        `Port ${port} of ${host} is not one of the web. To allow it, the owner adds "${placeOf({ host, port })}" to ${setting}.`,
      )
    return url
  }

  async function answer(
    first: HttpRequest,
    mode: RequestRedirect,
    of: OutwardLimits,
    time: TimeLimits,
  ): Promise<Response> {
    let request = first
    for (let redirects = 0; ; redirects++) {
      const incoming = await exchanges.send(request, of, time).catch((error: unknown) => {
        time.signal.throwIfAborted()
        throw outwardError(error, request.url.host)
      })
      const { statusCode: status = 0, headers } = incoming
      try {
        const next =
          mode === 'manual'
            ? undefined
            : redirected(request, status, headers.location, (to) =>
                ways.named.has(hostIn(to) ?? '', portOf(to)),
              )
        if (!next) return responseOf(incoming, request, redirects > 0, of, time)
        if (mode === 'error' || redirects === MOST_REDIRECTS)
          throw new OutwardError(
            'bad_redirect',
            mode === 'error'
              ? `${request.url.host} points elsewhere, which is not followed here.`
              : `${first.url.host} points on more than ${MOST_REDIRECTS} times, and was given up.`,
          )
        request = { ...next, url: checkedUrl(next.url.href) }
      } catch (error) {
        incoming.destroy()
        throw error
      }
      incoming.destroy()
    }
  }
}

const byTheMachine: Ways['resolve'] = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/** Of public addresses, those of this machine and its network are none that just anyone may be led to. */
const classifyHere: Ways['classify'] = (address) => {
  const found = addressClass(address)
  return found === 'public' && isLocal(address) ? 'an address of this machine or of its own network' : found
}

/** What a connection decides by itself. */
const NOT_FOR_CALLERS = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

async function requestOf(url: URL, request: Request): Promise<HttpRequest> {
  const headers = new Headers(request.headers)
  for (const name of NOT_FOR_CALLERS) headers.delete(name)
  for (const [name, value] of [
    ['accept', '*/*'],
    ['accept-encoding', CODINGS],
    ['user-agent', 'llmbasedos'],
  ] as const)
    if (!headers.has(name)) headers.set(name, value)
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
  // The Fetch standard lets these alone go without a body and without saying so.
  const isEmpty = body === undefined && (request.method === 'POST' || request.method === 'PUT')
  return { url, method: request.method, headers, body: isEmpty ? new Uint8Array() : body }
}

function endingWith(socket: Socket, signal: AbortSignal | undefined): Socket {
  if (!signal) return socket
  const end = () => socket.destroy()
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  return socket.once('close', () => signal.removeEventListener('abort', end))
}
