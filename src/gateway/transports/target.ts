/** What a request is for. Source: RFC 9112, section 3.2, and RFC 3986, section 6.2.2.2. */

export interface Target {
  path: string
  /** Without its question mark. */
  query: string
  /** Whom it is sent to, where the request says so here, as to a proxy; it counts in place of Host. */
  authority: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i
const UNRESERVED = /^[A-Za-z0-9._~-]$/

/** Reads the target of a request, in any spelling that means the same. A slash at the end of a path means nothing here. */
export function readTarget(url: string): Target {
  const [whole = '', authority] = url.startsWith('/') ? [] : (ABSOLUTE.exec(url) ?? [])
  const rest = url.slice(whole.length)
  const at = rest.indexOf('?')
  const path = at === -1 ? rest : rest.slice(0, at)
  return { path: plain(path || '/'), query: at === -1 ? '' : rest.slice(at + 1), authority }
}

function plain(path: string): string {
  const decoded = path.includes('%') ? path.replace(/%[0-9a-f]{2}/gi, unescaped) : path
  return decoded.length > 1 && decoded.endsWith('/') ? decoded.slice(0, -1) : decoded
}

/** What needs no escape means the same without. */
function unescaped(given: string): string {
  const character = String.fromCharCode(Number.parseInt(given.slice(1), 16))
  return UNRESERVED.test(character) ? character : given
}
