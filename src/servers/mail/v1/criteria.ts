/** What v1 clients look for, in the words of IMAP's SEARCH (RFC 9051, section 6.4.4), as far as they use them. */
import { ToolError } from '../../../protocol/define.ts'
import type { ServerQuery } from '../imap/client.ts'

const WORD = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"()]+))/gy

const FLAGS: Readonly<Record<string, ServerQuery>> = {
  ALL: {},
  SEEN: { isSeen: true },
  UNSEEN: { isSeen: false },
  FLAGGED: { isFlagged: true },
  UNFLAGGED: { isFlagged: false },
}
const TEXTS: Readonly<Record<string, 'from' | 'to' | 'subject' | 'text'>> = {
  FROM: 'from',
  TO: 'to',
  SUBJECT: 'subject',
  TEXT: 'text',
  BODY: 'text',
}
const TIMES: Readonly<Record<string, 'since' | 'before'>> = {
  SINCE: 'since',
  SENTSINCE: 'since',
  BEFORE: 'before',
  SENTBEFORE: 'before',
}

/** Throws a ToolError. */
export function criteriaOf(criteria: string): ServerQuery {
  const words = wordsOf(criteria)
  const query: ServerQuery = {}
  for (let at = 0; at < words.length; at++) {
    const key = words[at]?.toUpperCase() ?? ''
    const [flags, text, time] = [FLAGS[key], TEXTS[key], TIMES[key]]
    if (flags) Object.assign(query, flags)
    else if (text) query[text] = argument(words[++at], key)
    else if (time) query[time] = day(argument(words[++at], key), key)
    else throw refused(`${JSON.stringify(words[at])} is none of the criteria that are known`)
  }
  return query
}

function wordsOf(criteria: string): string[] {
  const words: string[] = []
  let end = 0
  for (const match of criteria.matchAll(WORD)) {
    words.push(match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '')
    end = match.index + match[0].length
  }
  if (criteria.slice(end).trim() !== '') throw refused('They can not be understood')
  return words
}

function argument(word: string | undefined, key: string): string {
  if (word === undefined || word === '') throw refused(`${key} needs what to look for`)
  return word
}

function day(word: string, key: string): number {
  const time = Date.parse(word)
  if (Number.isNaN(time)) throw refused(`${key} needs a date such as 2026-10-01 or 1-Oct-2026`)
  return time
}

const refused = (why: string): ToolError =>
  new ToolError(
    `${why}. Use ${[FLAGS, TEXTS, TIMES].flatMap((each) => Object.keys(each)).join(', ')}, one after the other.`,
    { kind: 'invalid' },
  )
