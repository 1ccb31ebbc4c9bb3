/** Where the gateway is, from what people write. */
import { isIP } from 'node:net'
import { readFileBounded } from '../../host/bounded-file.ts'
import { unixUpstream } from './unix-upstream.ts'
import type { OpenUpstream } from './upstream.ts'
import { websocketUpstream } from './websocket-upstream.ts'

export interface Target {
  open: OpenUpstream
  /** What a person does when no gateway answers there: a clause that completes a sentence. */
  remedy: string
  /** What is worth a warning, such as a token on an open wire. */
  warning?: string
}

export interface UrlTarget {
  url: string
  token?: string | undefined
  tokenFile?: string | undefined
  ca?: string | undefined
}

/** An address or a secret that can't be used; the message says what to write instead. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

const MAX_TOKEN_BYTES = 4096
const MAX_CA_BYTES = 1024 * 1024
const PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
}
const PATHS: ReadonlySet<string> = new Set(['/', '/mcp', '/ws'])

/** The WebSocket's address for `ws(s)://host[:port]/ws` or `http(s)://host[:port][/mcp]`. Throws a TargetError. */
export function websocketAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = url && PROTOCOLS[url.protocol]
  if (!url || !protocol || !url.hostname)
    throw new TargetError(`"${shown(text)}" is not an address; write it as https://HOST:PORT/mcp.`)
  if (url.username || url.password)
    throw new TargetError(
      'The address must hold no secret; the token goes into LLMBDO_TOKEN or --token-file.',
    )
  if (!PATHS.has(url.pathname) || url.search || url.hash)
    throw new TargetError(`"${shown(text)}" must end with its port, with /mcp or with /ws.`)
  return new URL(`${protocol}//${url.host}/ws`)
}

/** A gateway on this machine. */
export const socketTarget = (path: string): Target => ({
  open: unixUpstream(path),
  remedy: `no gateway answers at ${path}; start it with "luca up", or name its socket with --socket`,
})

/** An appliance in the network. Throws a TargetError for an address or token that can't be used. */
export function urlTarget({ url, token, tokenFile, ca }: UrlTarget): Target {
  const address = websocketAddress(url)
  if (token !== undefined) checkToken(token, 'LLMBDO_TOKEN')
  const open = address.protocol === 'ws:' && !isLoopback(address.hostname)
  return {
    open: websocketUpstream({
      url: address.href,
      readToken: async () =>
        tokenFile === undefined
          ? token
          : checkToken((await readText(tokenFile, MAX_TOKEN_BYTES, 'token')).trim(), tokenFile),
      readCa: async () => (ca === undefined ? undefined : readText(ca, MAX_CA_BYTES, 'certificate')),
    }),
    remedy: `no gateway answers at ${address.href}; check that the appliance is on and that the address is right`,
    ...(open
      ? { warning: `${address.host} is reached without TLS: others in the network can read the token` }
      : {}),
  }
}

function checkToken(token: string, where: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TargetError(`${where} holds no token: it must be one word, as "luca token create" prints it.`)
  return token
}

async function readText(path: string, maxBytes: number, what: string): Promise<string> {
  const text = await readFileBounded(path, maxBytes)
  if (text === undefined) throw new TargetError(`There is no ${what} file ${path}.`)
  return text
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))

/** Without a password, which would be between "//" and "@". */
const shown = (text: string): string => text.replace(/\/\/[^/]*@/, '//…@').slice(0, 200)
