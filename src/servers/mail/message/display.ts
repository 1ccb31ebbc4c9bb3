/** The text of a message as it is shown: what it quotes folded, and long links cut, unless they are asked for. */

/** So many lines of a quotation are no more than what is answered to. */
const KEPT_LINES = 4
/** Of the address of a link, in characters. */
const MAX_LINK = 120

export interface Shown {
  text: string
  isFolded: boolean
  hasCutLinks: boolean
}

export function shownText(
  text: string,
  { subject, quoted, links }: { subject: string; quoted: boolean; links: boolean },
): Shown {
  const folded = quoted ? text : foldQuotes(text, subject)
  const cut = links ? folded : folded.replace(LONG_LINK, (link) => `${link.slice(0, MAX_LINK)}…`)
  return { text: cut, isFolded: folded !== text, hasCutLinks: cut !== folded }
}

const LONG_LINK = new RegExp(`https?://[^\\s<>()]{${MAX_LINK},}`, 'gi')

/** What programs put above what they quote without a mark on each line: a rule, or the header of the message. */
const ORIGINAL =
  /^-{2,} ?(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}$/im
const HEADER =
  /^\*{0,2}(?:From|Von|De|Da|Van|Från|Fra)\*{0,2} ?:.{1,500}\n(?:.{0,500}\n){1,10}?\*{0,2}(?:Subject|Betreff|Objet|Asunto|Oggetto|Onderwerp|Ämne|Emne)\*{0,2} ?:/im
/** A message that was passed on is what the mail is about. */
const FORWARDED = /^\s*(?:fwd?|wg|tr|rv|enc|i|doorst|vs|vb)\s*:/i
/** Such as "On Monday Ada wrote:", which belongs to what it quotes. */
const INTRODUCTION =
  /^[^\n>]{0,300}(?:wrote|writes|schrieb|schreibt|écrit|escribió|ha scritto|schreef|skrev)[^\n>]{0,60}:$/i

function foldQuotes(text: string, subject: string): string {
  const lines = text.split('\n')
  const kept: string[] = []
  let hasOwn = false
  for (let at = 0; at < lines.length; ) {
    const end = endOfQuote(lines, at)
    const count = lines.slice(at, end).filter((line) => line.trim() !== '').length
    if (count > KEPT_LINES) kept.push(leftOut(count))
    else kept.push(...lines.slice(at, Math.max(end, at + 1)))
    hasOwn ||= end === at && lines[at]?.trim() !== '' && !INTRODUCTION.test(lines[at] ?? '')
    at = Math.max(end, at + 1)
  }
  // A mail that is all quotation is shown as it is.
  return hasOwn ? withoutOriginal(kept.join('\n'), subject) : text
}

/** Where the quotation that begins here is over; here, if none begins. */
function endOfQuote(lines: readonly string[], from: number): number {
  let end = from
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^>/.test(line)) end = at + 1
    else if (line.trim() !== '' || end === from) break
  }
  return end
}

function withoutOriginal(text: string, subject: string): string {
  if (FORWARDED.test(subject)) return text
  const at = Math.min(...[ORIGINAL, HEADER].map((pattern) => pattern.exec(text)?.index ?? text.length))
  const own = text.slice(0, at)
  const count = text
    .slice(at)
    .split('\n')
    .filter((line) => line.trim() !== '').length
  return count > KEPT_LINES && own.trim() !== '' ? `${own}${leftOut(count)}` : text
}

const leftOut = (count: number): string => `[${count} quoted lines left out]`
