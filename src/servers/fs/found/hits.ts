/** Hits as tools give them: the whole of each for programs, and in few words for a model that can read little. */

import { FORMAT_NAMES, isCoded } from '../../../documents/formats.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import type { ContentBlock } from '../../../protocol/mcp.ts'
import * as Type from '../../../protocol/schema.ts'
import { quoted } from '../confined/explain.ts'
import { mimeTypeOf } from '../media/mime.ts'
import type { FoundPassage, Passage } from '../search/file-search.ts'
import { snippetOf } from './snippet.ts'
import { uriOf } from './uri.ts'

const Place = {
  path: Type.String(),
  uri: Type.String({ description: 'resources/read reads these lines, or this page.' }),
  startLine: Type.Integer(),
  endLine: Type.Integer(),
  part: Type.Optional(
    Type.Object(
      {
        kind: Type.Enum(['page', 'sheet', 'slide', 'chapter']),
        number: Type.Integer(),
        name: Type.Optional(Type.String()),
        cell: Type.Optional(Type.String()),
      },
      { description: 'Of a document that has some.' },
    ),
  ),
}

export const HitOutput = Type.Object({
  ...Place,
  startByte: Type.Integer(),
  endByte: Type.Integer(),
  title: Type.String(),
  headings: Type.Array(Type.String()),
  snippet: Type.String(),
  matches: Type.Array(Type.Object({ start: Type.Integer(), end: Type.Integer() }), {
    description: 'What answers the query, in UTF-16 units of the snippet.',
  }),
  score: Type.Number({ description: 'Compares hits of one answer alone.' }),
  foundBy: Type.Array(Type.Enum(['exact', 'words', 'meaning'])),
  words: Type.Array(Type.String(), { description: 'Of the query, those that it has.' }),
  type: Type.String(),
  ocr: Type.Optional(
    Type.Boolean({ description: 'It was read from a picture by OCR, and may have mistakes.' }),
  ),
  language: Type.Optional(Type.String()),
  modified: Type.String({ description: 'ISO 8601' }),
  copies: Type.Array(Type.Object(Place), { description: 'Where the same text stands, too.' }),
  copyCount: Type.Integer(),
})

export type Hit = Type.Static<typeof HitOutput>

/** Of the places with the same text so many are given. */
const MAX_COPIES = 10
/** In the text for a model. */
const MAX_TOLD_COPIES = 2
const MAX_TOLD_WORDS = 5
const MAX_HEADING_CHARS = 80
/** Kinds of which the bytes of the file are not what was found. */
const CODED = new Set<string>(FORMAT_NAMES.filter(isCoded))
const EMPTY = Buffer.alloc(0)

export function hitOf(found: FoundPassage, snippetChars: number): Hit {
  const { text, matches } = snippetOf(found.content, found, snippetChars)
  const headings = found.headings.map(cleanLine)
  const name = found.path.slice(found.path.lastIndexOf('/') + 1)
  return {
    ...placeOf(found),
    startByte: found.startByte,
    endByte: found.endByte,
    title: headings.at(-1) ?? name,
    headings,
    snippet: text,
    matches: [...matches],
    score: Math.round(found.score * 1000) / 1000,
    foundBy: foundBy(found),
    words: [...found.words],
    type: found.format,
    ...(found.isRecognised && { ocr: true }),
    ...(found.language === '' ? {} : { language: found.language }),
    modified: new Date(found.modifiedAt).toISOString(),
    copies: found.copies.slice(0, MAX_COPIES).map(placeOf),
    copyCount: found.copies.length,
  }
}

const placeOf = ({ path, startLine, endLine, part }: Passage) => ({
  path,
  uri: uriOf(path, part ?? (startLine === 0 ? undefined : { startLine, endLine })),
  startLine: part ? 0 : startLine,
  endLine: part ? 0 : endLine,
  ...(part && { part: { ...part, ...(part.name !== undefined && { name: cleanLine(part.name) }) } }),
})

function foundBy({ exact, words, meaning }: FoundPassage): Hit['foundBy'] {
  return [
    ...(exact.length > 0 ? (['exact'] as const) : []),
    ...(words.length > 0 ? (['words'] as const) : []),
    ...(meaning !== undefined ? (['meaning'] as const) : []),
  ]
}

/** A hit for a model: where it is, why it was found, and its snippet as a quotation of one line. */
export function toldHit(hit: Hit, number: number): string {
  const { path, headings, snippet, modified, copies, copyCount } = hit
  const section = headings.join(' › ').slice(-MAX_HEADING_CHARS)
  const also =
    copyCount === 0
      ? ''
      : ` Also in ${copies
          .slice(0, MAX_TOLD_COPIES)
          .map(({ path }) => quoted(path))
          .join(', ')}${copyCount > MAX_TOLD_COPIES ? ` and ${copyCount - MAX_TOLD_COPIES} more` : ''}.`
  return [
    `${number}. ${quoted(path)}${whereIn(hit)}${section === '' ? '' : ` (${section})`}`,
    `> ${snippet}`,
    `Found by ${why(hit)}.${hit.ocr ? ' Read by OCR, so it may have mistakes.' : ''} Changed ${modified.slice(0, 10)}. ${rangeOf(hit)}${also}`,
  ].join('\n')
}

/** Nothing where it is not known, or there is none. */
function whereIn({ startLine, endLine, part }: Hit): string {
  if (part) {
    const name = part.name === undefined ? '' : ` ${quoted(part.name)}`
    return `, ${part.kind} ${part.number}${name}${part.cell === undefined ? '' : `, cell ${part.cell}`}`
  }
  if (startLine === 0) return ''
  return startLine === endLine ? `, line ${startLine}` : `, lines ${startLine}-${endLine}`
}

function why({ foundBy, words }: Hit): string {
  // Long words tell more than "of" and "the".
  const some = words
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MAX_TOLD_WORDS)
    .join(', ')
  const by = {
    exact: 'what you wrote exactly',
    words: `the ${words.length === 1 ? 'word' : 'words'} ${some}`,
    meaning: 'meaning',
  }
  return foundBy.map((one) => by[one]).join(' and ')
}

/** What reads the passage whole; nothing where its bytes are not its text. */
function rangeOf(hit: Hit): string {
  if (hit.part) return `Pages: "${hit.part.number}".`
  return hasRange(hit) ? `Bytes: offset ${hit.startByte}, length ${hit.endByte - hit.startByte}.` : ''
}

export const hasRange = ({ type, part }: Hit): boolean => part === undefined && !CODED.has(type)

/** Whether a model reads what is around it as a document. */
export const isInDocument = (hit: Hit): boolean => !hasRange(hit)

/** For clients that give resources to their users, or read them. */
export const linkOf = (hit: Hit): ContentBlock => ({
  type: 'resource_link',
  uri: hit.uri,
  name: `${hit.path.slice(hit.path.lastIndexOf('/') + 1)}${whereIn(hit)}`,
  mimeType: mimeTypeOf(hit.path, EMPTY),
})
