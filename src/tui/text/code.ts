/** Code → coloured lines, by highlight.js. */
import highlighter from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import c from 'highlight.js/lib/languages/c'
import cpp from 'highlight.js/lib/languages/cpp'
import css from 'highlight.js/lib/languages/css'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import ini from 'highlight.js/lib/languages/ini'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import type { Role, Span } from './lines.ts'

const LANGUAGES = {
  bash,
  c,
  cpp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
}
for (const [name, language] of Object.entries(LANGUAGES)) highlighter.registerLanguage(name, language)

/** Endings of files that are no name of their language. */
const ENDINGS: Readonly<Record<string, string>> = {
  service: 'ini',
  socket: 'ini',
  conf: 'ini',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  rs: 'rust',
  jsonl: 'json',
}
/** Longer texts are shown plain, in characters: colouring must not hold up a key. */
const MAX_LENGTH = 40_000

/** highlight.js's names of what it finds, and ours. */
const ROLES: readonly (readonly [RegExp, Role])[] = [
  [/keyword|built_in|literal|selector-tag|meta-keyword/, 'keyword'],
  [/string|regexp|char|symbol|bullet/, 'string'],
  [/number|attr\b|variable|template-variable/, 'number'],
  [/comment|quote|doctag/, 'comment'],
  [/title|section|name|type|class/, 'accent'],
  [/addition/, 'added'],
  [/deletion/, 'removed'],
  [/meta/, 'dim'],
]

/** `language` is a file's name, or the word after a fence. */
export function codeSpans(text: string, language: string): Span[][] {
  const ending = language.slice(language.lastIndexOf('.') + 1).toLowerCase()
  const name = ENDINGS[ending] ?? ending
  if (text.length > MAX_LENGTH || !highlighter.getLanguage(name)) return plain(text)
  return linesOf(highlighter.highlight(text, { language: name, ignoreIllegals: true }).value)
}

const plain = (text: string): Span[][] => text.split('\n').map((line) => [{ text: line, role: 'text' }])

const TAG = /<span class="([^"]*)">|<\/span>|&(amp|lt|gt|quot|#x27);|\n|[^<&\n]+|[<&]/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }

/** The HTML that highlight.js writes is spans and entities, nothing else. */
function linesOf(html: string): Span[][] {
  const lines: Span[][] = [[]]
  const roles: Role[] = []
  for (const [piece, tag, entity] of html.matchAll(TAG)) {
    if (tag !== undefined)
      roles.push(ROLES.find(([pattern]) => pattern.test(tag))?.[1] ?? roles.at(-1) ?? 'text')
    else if (piece === '</span>') roles.pop()
    else if (piece === '\n') lines.push([])
    else {
      const text = entity === undefined ? piece : (ENTITIES[entity] as string)
      const role = roles.at(-1) ?? 'text'
      const line = lines.at(-1) as Span[]
      const last = line.at(-1)
      if (last?.role === role) last.text += text
      else line.push({ text, role })
    }
  }
  return lines
}
