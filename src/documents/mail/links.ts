/** Links as text that shows where they lead. */
import { cleanLine } from '../../protocol/foreign-text.ts'

const MAX_TARGET = 2000
const SHOWN = new Set(['http:', 'https:', 'mailto:', 'tel:', 'ftp:'])
/** A text that names a place in the net, such as `www.bank.example/login`. */
const PLACE =
  /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:[^\s/@]*@)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?::\d+)?(?:[/?#]\S*)?$/iu

/** A link in Markdown; where its text names another place than it leads to, it says so. The text alone where it leads nowhere. */
export function told(text: string, href: string): string {
  const url = targetOf(href)
  if (!url || text === '') return text
  const target = url.href
    .replace(/[()<>\s]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
  if (target.length > MAX_TARGET) return `${inBrackets(text)}(${url.origin}/…)`
  if (url.protocol === 'mailto:' || url.protocol === 'tel:')
    return text.toLowerCase() === decodedPath(url).toLowerCase() ? text : `${inBrackets(text)}(${target})`
  if (isSame(text, url)) return `<${target}>`
  const [, named] = PLACE.exec(text) ?? []
  const elsewhere =
    (named !== undefined && hostOf(named) !== withoutWww(url.hostname)) || url.username !== ''
      ? ` (this link leads to ${url.hostname})`
      : ''
  return `${inBrackets(text)}(${target})${elsewhere}`
}

function targetOf(href: string): URL | undefined {
  const target = cleanLine(href)
  const url = URL.parse(target.startsWith('//') ? `https:${target}` : target)
  return url && SHOWN.has(url.protocol) ? url : undefined
}

const inBrackets = (text: string): string => `[${text.replace(/[[\]]/g, '\\$&')}]`
const withoutWww = (host: string): string => host.replace(/^www\./, '')
/** As it is written in a URL, where letters of other alphabets are. */
const hostOf = (named: string): string =>
  withoutWww(URL.parse(`https://${named}`)?.hostname ?? named.toLowerCase())
const isSame = (text: string, { href }: URL): boolean =>
  [href, href.replace(/\/$/, '')].includes(text) && /^https?:/.test(text)

function decodedPath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}
