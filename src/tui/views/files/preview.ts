/** The text of the file that is chosen: from its beginning, or around what was found in it. */
import { textOf } from '../../../command/catalogue.ts'
import { READ_DOCUMENT } from '../../../command/served-documents.ts'
import { formatSize } from '../../../command/sizes.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { fileTextOf, hasMore, isNoText } from '../../model/answers.ts'
import { step } from '../../model/effects.ts'
import { offers, type World } from '../../model/view.ts'
import { linesOf } from '../../text/long-text.ts'
import { readDocument, withoutDocument } from './document.ts'
import { isMarkdown } from './reading.ts'
import {
  type FilesMessage,
  type FilesState,
  type FilesStep,
  type Preview,
  selectedRow,
  type Target,
} from './state.ts'

/** How much of a file is shown, in bytes. */
const PREVIEW_BYTES = 128 * 1024
/** What is shown before what was found, where that lies further on. */
const BEFORE_BYTES = 16 * 1024

/** Where it is read from: what was found near its beginning is shown with that. */
const offsetFor = (target: Target | undefined): number =>
  target === undefined || target.byte < PREVIEW_BYTES / 2 ? 0 : target.byte - BEFORE_BYTES

export function readSelected(given: FilesState, world: World): FilesStep {
  const row = selectedRow(given)
  const { path } = row
  // After a visit elsewhere the file is shown from its beginning. Its folder may not be listed yet.
  const target = given.target?.path === given.selected ? given.target : undefined
  const state = target === given.target ? given : { ...given, target }
  if (row.isFolder) return step({ ...state, preview: undefined })
  if (row.unreadable !== undefined)
    return step({ ...state, preview: { path, lines: undefined, note: row.unreadable, top: 0 } })
  const isDocument = target?.part !== undefined || (state.preview?.path === path && state.preview.document)
  if (isDocument && offers(world, READ_DOCUMENT)) return readDocument(state, path, target)
  return step(state, {
    type: 'tool',
    name: 'fs_read_text_file',
    arguments: { path, offset: offsetFor(target), length: PREVIEW_BYTES },
    consent: 'person',
    reply: (outcome) => ({ type: 'read', path, target, outcome }),
  })
}

/** A text as it was read. What is none, such as a Word document, is read as a document. */
export function read(
  state: FilesState,
  { path, target, outcome }: Extract<FilesMessage, { type: 'read' }>,
  world: World,
): FilesStep {
  if (selectedRow(state).path !== path || state.target !== target) return step(state)
  if (!outcome.ok) return step({ ...state, preview: withoutDocument(path, target, outcome.error) })
  const { value } = outcome
  if (offers(world, READ_DOCUMENT) && isNoText(value)) return readDocument(state, path, target)
  if (value.isError) return step({ ...state, preview: withoutDocument(path, target, textOf(value)) })
  return step({ ...state, preview: textPreview(state, path, target, value) })
}

function textPreview(
  state: FilesState,
  path: string,
  target: Target | undefined,
  result: CallToolResult,
): Preview {
  const before = state.preview?.path === path ? state.preview : undefined
  const split = (text: string) => (isMarkdown(path) ? text.split(/\r?\n/) : linesOf(text))
  const text = fileTextOf(result)
  if (!target) {
    const note = hasMore(result) ? `the first ${formatSize(PREVIEW_BYTES)}` : undefined
    return { path, lines: split(text), note, top: before?.top ?? 0 }
  }
  const { whole, lines, firstLine } = around(text, target)
  const top = before?.lines ? before.top : split(lines).length - 1
  const note = target.line === 0 ? 'where it was found' : `found at line ${target.line}`
  return { path, lines: split(whole), note, top, firstLine }
}

/** A text that may begin within a line, from its first whole one on; with what of it comes before what was found. */
function around(text: string, target: Target): { whole: string; lines: string; firstLine: number } {
  const offset = offsetFor(target)
  const bytes = target.byte - offset
  const before = Buffer.from(text).subarray(0, bytes).toString()
  const cut = offset === 0 ? 0 : before.indexOf('\n') + 1
  const lines = before.slice(cut)
  const count = lines.split('\n').length - 1
  return { whole: text.slice(cut), lines, firstLine: Math.max(1, target.line - count) }
}
