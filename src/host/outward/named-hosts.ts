/** Hosts that the owner named: servers reach them at whatever address they have. */
import { isIPv6 } from 'node:net'
import * as Type from '../../protocol/schema.ts'

const PORT = '(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
const LONGEST_NAME = 253
const NAMED = `^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:/?#@*%\\[\\]\\\\]+)(?::(${PORT}))?$`

/** The setting by which the owner names them, for the `settings` of a server that goes out. */
export const NamedHostsSetting = Type.Array(
  Type.String({
    pattern: NAMED,
    allowed: 'a host or HOST:PORT, such as nas.lan, 192.168.1.20:8443 or [fd00::5]:993',
  }),
  {
    default: [],
    description:
      'Hosts in your own network that the server may reach, each exactly as it is asked for, with a port or for all ports.',
  },
)

export interface NamedHosts {
  /** Takes a host as `hostOf` gives it. */
  has(host: string, port: number): boolean
}

/** Throws a TypeError for an entry that names no host. */
export function namedHosts(entries: readonly string[]): NamedHosts {
  const named = new Set(
    entries.map((entry) => {
      const [, text = '', port = '*'] = new RegExp(NAMED).exec(entry) ?? []
      const host = text === '' ? undefined : hostOf(text)
      if (host === undefined) throw new TypeError(`"${entry}" names no host.`)
      return `${host} ${port}`
    }),
  )
  return { has: (host, port) => named.has(`${host} ${port}`) || named.has(`${host} *`) }
}

/**
 * A host in the one form that URLs have of it: `LOCALHOST.` is `localhost`, `0x7f.1` is `127.0.0.1`, IPv6 stands without
 * brackets. Undefined for what is no host.
 */
export function hostOf(text: string): string | undefined {
  const host = isIPv6(text) ? `[${text}]` : text
  if (/[\s/?#@\\]/.test(host) || host.replace(/^\[.*\]/, '').includes(':')) return undefined
  const url = URL.parse(`http://${host}/`)
  return url ? hostIn(url) : undefined
}

/** The host of a URL in that form; undefined where no host can be of that name (RFC 1035, section 2.3.4). */
export function hostIn({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return host === '' || host.length > LONGEST_NAME ? undefined : host
}
