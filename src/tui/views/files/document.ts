/** Documents that are no texts, such as PDF and workbooks: read page by page. */
import {
  type DocumentBlock,
  type DocumentSection,
  documentSectionIn,
  lineOfFound,
  partName,
  READ_DOCUMENT,
} from '../../../command/served-documents.ts'
import { structureIn } from '../../model/answers.ts'
import { step } from '../../model/effects.ts'
import type { Area } from '../../model/view.ts'
import { widthOf } from '../../text/cells.ts'
import { linesOf } from '../../text/long-text.ts'
import { lastTopOf } from './reading.ts'
import {
  type DocumentLine,
  type FilesMessage,
  type FilesState,
  type FilesStep,
  type Preview,
  type Section,
  type ShownDocument,
  selectedRow,
  type Target,
} from './state.ts'

/** How much of a page is read at a time, in characters; where something was found in it, as much as there may be. */
const SECTION_CHARS = 128 * 1024
const MOST_CHARS = 1_000_000

const BEGINNING: Section = { part: 1, offset: 0, earlier: [] }

/** Reads what was shown of it before, or the page where it is to be opened, or its beginning. */
export function readDocument(state: FilesState, path: string, target: Target | undefined): FilesStep {
  const shown = documentOf(state, path)
  return readSection(
    state,
    path,
    shown?.section ?? { ...BEGINNING, part: target?.part ?? BEGINNING.part },
    shown ? 'as it is' : target ? 'what was found' : 'start',
  )
}

const documentOf = ({ preview }: FilesState, path: string): ShownDocument | undefined =>
  preview?.path === path ? preview.document : undefined

type Where = Extract<FilesMessage, { type: 'read-document' }>['where']

function readSection(state: FilesState, path: string, section: Section, where: Where): FilesStep {
  const { part, offset } = section
  const limit = where === 'what was found' ? MOST_CHARS : SECTION_CHARS
  const { target } = state
  return step(state, {
    type: 'tool',
    name: READ_DOCUMENT,
    arguments: { path, pages: `${part}`, as: 'blocks', offset, limit },
    consent: 'person',
    reply: (outcome) => ({
      type: 'read-document',
      path,
      target,
      section,
      where,
      outcome: structureIn(outcome, documentSectionIn),
    }),
  })
}

/** The page after the one that is shown or asked for, or the one before; undefined where there is none, and for other keys. */
export function turnPage(
  state: FilesState,
  preview: Preview,
  pressed: string,
  area: Area,
): FilesStep | undefined {
  const { document, path, top } = preview
  if (!document) return undefined
  const isOn = pressed === 'n' || (pressed === 'pagedown' && top >= lastTopOf(preview, area))
  const isBack = pressed === 'p' || (pressed === 'pageup' && top === 0)
  const section = isOn ? after(document) : isBack ? before(document) : undefined
  if (!section) return undefined
  const asked = { ...preview, document: { ...document, asked: section } }
  return readSection({ ...state, preview: asked }, path, section, pressed === 'pageup' ? 'end' : 'start')
}

function after({ section, asked, next, parts }: ShownDocument): Section | undefined {
  const { part, offset, earlier } = asked ?? section
  if (!asked && next !== undefined) return { part, offset: next, earlier: [...earlier, offset] }
  return parts && part < parts.count ? { ...BEGINNING, part: part + 1 } : undefined
}

function before({ section, asked }: ShownDocument): Section | undefined {
  const { part, earlier } = asked ?? section
  const offset = earlier.at(-1)
  if (offset !== undefined) return { part, offset, earlier: earlier.slice(0, -1) }
  return part > 1 ? { ...BEGINNING, part: part - 1 } : undefined
}

/** Whether it has more than is shown: another page, or a part of this one. */
export const hasPages = ({ parts, next, section }: ShownDocument): boolean =>
  (parts?.count ?? 1) > 1 || next !== undefined || section.earlier.length > 0

export function documentRead(
  state: FilesState,
  message: Extract<FilesMessage, { type: 'read-document' }>,
  area: Area,
): FilesState {
  const { path, target, section, where, outcome } = message
  const shown = documentOf(state, path)
  // An answer for a page that was turned over meanwhile is late, also for one that is read again.
  if (selectedRow(state).path !== path || state.target !== target) return state
  if (shown && section !== (shown.asked ?? shown.section)) return state
  if (!outcome.ok) return { ...state, preview: withoutDocument(path, target, outcome.error) }
  const { value } = outcome
  const lines = documentLines(value.blocks)
  const document = { section, lines, title: value.title, parts: value.parts, next: value.nextOffset }
  const preview = {
    path,
    lines: lines.map(({ text }) => text),
    note: noteOf(section, value),
    top: 0,
    document,
  }
  const top = {
    start: 0,
    end: lastTopOf(preview, area),
    'as it is': state.preview?.top ?? 0,
    'what was found': target ? lineOf(lines, target) : 0,
  }[where]
  return { ...state, preview: { ...preview, top } }
}

/** What can't be read is found all the same. */
export const withoutDocument = (path: string, target: Target | undefined, note: string): Preview =>
  target?.found.snippet
    ? { path, lines: linesOf(target.found.snippet), note: 'what was found in it', top: 0 }
    : { path, lines: undefined, note, top: 0 }

function noteOf({ part, offset }: Section, { parts, nextOffset }: DocumentSection): string | undefined {
  const isPiece = offset > 0 || nextOffset !== undefined
  const name = partName(part, parts)
  if (!isPiece) return name
  return `${name === undefined ? '' : `${name}, `}${nextOffset === undefined ? 'its end' : 'a part of it'}`
}

/** Those that belong together stand together: rows of a table, and items of a list. */
const TOGETHER: ReadonlySet<string> = new Set(['row', 'item'])

function documentLines(blocks: readonly DocumentBlock[]): DocumentLine[] {
  const lines: DocumentLine[] = []
  let widths: number[] = []
  let last: DocumentBlock | undefined
  for (const block of blocks) {
    const isTogether = block.kind === last?.kind && TOGETHER.has(block.kind)
    if (last && !isTogether) lines.push({ kind: '', text: '' })
    if (block.kind !== 'row') lines.push(...textLines(block))
    else {
      if (!isTogether) widths = []
      lines.push(rowLine(block, widths))
    }
    last = block
  }
  return lines
}

function textLines({ kind, text, level }: DocumentBlock): DocumentLine[] {
  const indent = kind === 'item' ? '  '.repeat(Math.min(level, 12)) : ''
  return linesOf(text).map((line, i) => ({
    kind,
    text: kind !== 'item' ? line : i === 0 ? `${indent.slice(2)}• ${line}` : `${indent}${line}`,
    level,
  }))
}

/** `widths` are those of the columns of its table, which all of its rows share. */
function rowLine({ kind, text, cells, isHeader, cell }: DocumentBlock, widths: number[]): DocumentLine {
  const all = (cells ?? [text]).map((one) => one.replace(/\s+/g, ' '))
  for (const [i, one] of all.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(one))
  return {
    kind: isHeader ? 'header' : kind,
    text: all.filter((one) => one !== '').join(' │ '),
    row: { cells: all, widths },
    ...(cell === undefined ? {} : { cell }),
  }
}

/** Where what was found stands: at its cell, or where its words begin. */
function lineOf(lines: readonly DocumentLine[], { cell, found }: Target): number {
  const atCell = cell === undefined ? -1 : lines.findIndex((line) => line.cell === cell)
  if (atCell >= 0) return atCell
  return lineOfFound(
    lines.map(({ text }) => text),
    found,
  )
}
