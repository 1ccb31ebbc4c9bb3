/** Which parts of a message people read. */
import type { Part } from '../imap/client.ts'

/** Texts of one message that are read, and messages within it that are told. */
const MAX_TEXTS = 12
/** Texts for programs, and for what shows mail in other ways. */
const NOT_READ = new Set([
  'text/calendar',
  'text/css',
  'text/x-amp-html',
  'text/rtf',
  'text/rfc822-headers',
  'text/x-vcard',
  'text/vcard',
])

/** What is read at one place of a message. */
export interface Place {
  /** The same in several ways, the best first; the first of them that has any text is read. */
  ways: readonly (readonly Part[])[]
  /** A message within this one that begins here. */
  message?: Part
}

export function placesOf(parts: readonly Part[]): Place[] {
  const places: Place[] = []
  const alternatives = new Map<string, Part[]>()
  for (const part of parts) {
    if (part.message) places.push({ ways: [], message: part })
    if (!part.type.startsWith('text/') || part.isAttachment || NOT_READ.has(part.type)) continue
    const place = alternativeOf(part)
    const same = place === undefined ? undefined : alternatives.get(place)
    if (same) same.push(part)
    else {
      const texts = [part]
      if (place !== undefined) alternatives.set(place, texts)
      places.push({ ways: [texts] })
    }
  }
  return places
    .slice(0, MAX_TEXTS)
    .map(({ ways: [texts = []], ...place }) => ({ ...place, ways: waysOf(texts) }))
}

/** The outermost part of which it is one of several ways to read; undefined where it is none. */
function alternativeOf({ id, within = [] }: Part): string | undefined {
  const at = within.indexOf('alternative')
  return at === -1 ? undefined : id.split('.').slice(0, at).join('.')
}

function waysOf(texts: readonly Part[]): Part[][] {
  const plain = texts.filter(({ type }) => type === 'text/plain')
  const html = texts.filter(({ type }) => type === 'text/html')
  const others = texts.filter((text) => !plain.includes(text) && !html.includes(text))
  return [plain, html, others].filter(({ length }) => length > 0)
}

/** Whether it is a package that Outlook makes of a message (TNEF). */
export const isPackage = ({ type, fileName = '' }: Part): boolean =>
  /^application\/(?:vnd\.)?ms-tnef$/.test(type) || /^winmail\.dat$/i.test(fileName)
