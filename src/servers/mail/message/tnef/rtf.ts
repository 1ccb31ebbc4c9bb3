/** The text of RTF: the HTML that it was made of, where it says so ([MS-OXRTFEX]), or else its plain text. */

import { decoded } from '../charset.ts'
import { codePage } from './code-page.ts'

export interface RtfText {
  type: 'text/html' | 'text/plain'
  text: string
}

/** Groups within one another; what is deeper is not read. */
const MAX_DEPTH = 200
const TOKEN =
  /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/gs
/** Groups that are no text. */
const NO_TEXT = new Set([
  'colortbl',
  'fonttbl',
  'footer',
  'footnote',
  'header',
  'info',
  'listtable',
  'object',
  'pict',
  'stylesheet',
])
const LETTERS: Readonly<Record<string, string>> = {
  bullet: '•',
  emdash: '—',
  endash: '–',
  ldblquote: '“',
  line: '\n',
  lquote: '‘',
  par: '\n',
  rdblquote: '”',
  rquote: '’',
  tab: '\t',
}
const SYMBOLS: Readonly<Record<string, string>> = { '\\': '\\', '{': '{', '}': '}', '~': '\u00a0', _: '-' }

interface Group {
  isText: boolean
  /** Whether it stands there for programs that read RTF, and not in the HTML. */
  isRtfAlone: boolean
  /** How many letters after one of Unicode stand for the same. */
  uc: number
}

export async function rtfText(bytes: Buffer): Promise<RtfText> {
  const rtf = bytes.toString('latin1')
  const type = rtf.slice(0, 500).includes('\\fromhtml1') ? 'text/html' : 'text/plain'
  const page = Number(/\\ansicpg(\d{1,5})/.exec(rtf.slice(0, 500))?.[1] ?? 1252)
  const words: string[] = []
  for (const { letters, run } of lettersIn(rtf, type === 'text/html'))
    words.push(letters ?? (await decoded(Buffer.from(run, 'latin1'), codePage(page))))
  return { type, text: words.join('') }
}

/** Letters, and runs of bytes that stand for letters of the charset of the text. */
function* lettersIn(
  rtf: string,
  isHtml: boolean,
): Generator<{ letters: string; run: '' } | { letters?: undefined; run: string }> {
  const groups: Group[] = [{ isText: true, isRtfAlone: false, uc: 1 }]
  let skipped = 0
  let isOptional = false
  let run = ''
  for (const [, word, number, byte, symbol, brace, plain] of rtf.matchAll(TOKEN)) {
    const group = groups.at(-1)
    if (!group || groups.length > MAX_DEPTH) return
    const isShown = group.isText && !group.isRtfAlone
    let letters = ''
    if (brace === '{') groups.push({ ...group })
    else if (brace === '}') groups.pop()
    else if (symbol === '*') isOptional = true
    else if (byte !== undefined || plain !== undefined) {
      const all = byte === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(byte, 16))
      const kept = all.slice(skipped)
      skipped -= all.length - kept.length
      if (isShown) run += kept
      continue
    } else if (word === 'u') {
      letters = String.fromCharCode(Number(number ?? 0) & 0xffff)
      skipped = group.uc
    } else if (word === 'uc') group.uc = Math.min(Math.max(0, Number(number ?? 1)), 10)
    else if (word === 'htmlrtf') group.isRtfAlone = isHtml && number !== '0'
    else if (word !== undefined) {
      if (NO_TEXT.has(word) || (isOptional && !(isHtml && word === 'htmltag'))) group.isText = false
      letters = LETTERS[word] ?? ''
    } else letters = SYMBOLS[symbol ?? ''] ?? ''
    if (symbol !== '*') isOptional = false
    if (brace !== undefined) skipped = 0
    if (letters === '' || !isShown) continue
    if (run !== '') yield { run }
    run = ''
    yield { letters, run: '' }
  }
  if (run !== '') yield { run }
}
