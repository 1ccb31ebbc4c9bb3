/**
 * Connections to what was checked, and to nothing else: a name is resolved once, every address of the answer is looked at,
 * and the connection is made to these. A name that resolves to something else a moment later changes nothing.
 */
import { once } from 'node:events'
import { isIP, connect as netConnect, type Socket } from 'node:net'
import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
  connect as tlsConnect,
} from 'node:tls'
import { unlessAborted } from '../unless-aborted.ts'
import type { AddressClass } from './address-class.ts'
import { OutwardError, outwardError } from './error.ts'
import type { NamedHosts } from './named-hosts.ts'

/** All addresses that a name has now. */
export type Resolve = (host: string) => Promise<string[]>

export interface Ways {
  resolve: Resolve
  /** What a domain says of a service; the machine's resolver without. */
  resolveServices?:
    | ((name: string) => Promise<{ name: string; port: number; priority: number }[]>)
    | undefined
  classify(address: string): AddressClass
  named: NamedHosts
  /** Where the owner names hosts, in words. */
  setting: string
  /** Certificates of those who are trusted, as PEM; undefined for the machine's own list. */
  ca?: readonly string[] | undefined
}

export interface Destination {
  /** As `hostOf` gives it. */
  host: string
  port: number
  tls: Tls
}

/** Whether a connection is encrypted; by a certificate that the machine trusts, or by the one whose SHA-256 is pinned. */
export type Tls = boolean | { pin: string }

/** How many addresses of a name are tried. */
const MOST_ADDRESSES = 8
/** How long each is tried before the next, in milliseconds; the last has all the time that is left. */
const EACH_ADDRESS_MS = 1000

/** An open connection. Throws an OutwardError, or the signal's reason. */
export async function openConnection(to: Destination, ways: Ways, signal: AbortSignal): Promise<Socket> {
  const addresses = await checkedAddresses(to, ways, signal)
  try {
    const socket = await tcp(addresses, to.port, signal)
    return to.tls ? await overTls(socket, to, ways, signal) : socket
  } catch (error) {
    signal.throwIfAborted()
    throw outwardError(error, placeOf(to))
  }
}

/** Speaks TLS on a connection from now on, as STARTTLS of mail does; the certificate must be the host's, or the pinned one. */
export async function overTls(
  socket: Socket,
  { host, tls }: Pick<Destination, 'host' | 'tls'>,
  ways: Pick<Ways, 'ca'>,
  signal: AbortSignal,
): Promise<Socket> {
  const pin = typeof tls === 'object' ? tls.pin : undefined
  const secure = tlsConnect({
    socket,
    host,
    // An address is no name that could be sent (RFC 6066, section 3).
    ...(isIP(host) ? {} : { servername: host }),
    secureContext: trusting(ways.ca),
    // A pinned certificate stands for itself, whoever signed it and whatever names it has.
    rejectUnauthorized: pin === undefined,
  })
  try {
    await once(secure, 'secureConnect', { signal })
    if (pin !== undefined) mustBePinned(secure, pin, host)
    return secure
  } catch (error) {
    secure.on('error', () => {}).destroy()
    throw error
  }
}

function mustBePinned(secure: TLSSocket, pin: string, host: string): void {
  const { fingerprint256 = '' } = secure.getPeerX509Certificate() ?? {}
  if (fingerprint256 !== '' && hexOf(fingerprint256) === hexOf(pin)) return
  throw new OutwardError(
    'untrusted',
    `The certificate of ${host} is not the one that is pinned; nothing was sent. It has the SHA-256 fingerprint ${fingerprint256}.`,
  )
}

const hexOf = (fingerprint: string): string => fingerprint.replace(/[:\s]/g, '').toLowerCase()

export const placeOf = ({ host, port }: Pick<Destination, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

async function checkedAddresses(to: Destination, ways: Ways, signal: AbortSignal): Promise<string[]> {
  const addresses = isIP(to.host) ? [to.host] : await resolved(to.host, ways.resolve, signal)
  if (!ways.named.has(to.host, to.port))
    for (const address of addresses) {
      const kind = ways.classify(address)
      if (kind !== 'public') throw refused(to, kind, ways.setting)
    }
  return addresses.slice(0, MOST_ADDRESSES)
}

/** One bad address of several is enough: an answer that mixes them is how a check is led astray. */
function refused(to: Destination, kind: AddressClass, setting: string): OutwardError {
  const is = isIP(to.host) ? 'is' : 'has'
  return new OutwardError(
    'refused',
    `${to.host} ${is} ${kind}, and servers reach public addresses alone. To allow it, the owner adds "${placeOf(to)}" to ${setting}.`,
  )
}

async function resolved(host: string, resolve: Resolve, signal: AbortSignal): Promise<string[]> {
  const addresses = await unlessAborted(resolve(host), signal).catch((error: unknown) => {
    signal.throwIfAborted()
    const code = (error as NodeJS.ErrnoException).code
    const isUnknown = code === 'ENOTFOUND' || code === 'ENODATA'
    const why = isUnknown ? 'there is no such name' : `names can't be looked up now (${code})`
    throw new OutwardError('unresolved', `${host} was not found: ${why}.`, { cause: error })
  })
  if (addresses.length === 0)
    throw new OutwardError('unresolved', `${host} was not found: the name has no address.`)
  return addresses
}

/** Node tries the addresses one after the other, of both families in turn (RFC 8305). */
async function tcp(addresses: string[], port: number, signal: AbortSignal): Promise<Socket> {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }))
  const socket = netConnect({
    host: 'checked.invalid',
    port,
    lookup: (_host, _options, give) => give(null, checked),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: EACH_ADDRESS_MS,
    noDelay: true,
  })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw error
  }
}

let ofTheMachine: SecureContext | undefined

/** Reading the machine's list takes a while, so it is read once. A machine that has none gets Node's own. */
function trusting(ca: readonly string[] | undefined): SecureContext {
  if (ca) return createSecureContext({ ca: [...ca] })
  if (!ofTheMachine) {
    const own = [...new Set(getCACertificates('system'))]
    ofTheMachine = createSecureContext({ ca: own.length > 0 ? own : [...getCACertificates('bundled')] })
  }
  return ofTheMachine
}
