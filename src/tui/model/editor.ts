/** A text that is being typed, with its cursor, and the keys that readline and editors share. */
import { cellsOf, clip, clipStart, widthOf } from '../text/cells.ts'

export interface Editor {
  readonly text: string
  /** Before which character the cursor stands; never inside of one. */
  readonly cursor: number
}

export const NO_TEXT: Editor = { text: '', cursor: 0 }
export const editorOf = (text: string): Editor => ({ text, cursor: text.length })

/** Line breaks of terminals are those of texts here; nothing else but tabs may steer. */
const asTyped = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '')

export function insert({ text, cursor }: Editor, given: string): Editor {
  const typed = asTyped(given)
  return { text: text.slice(0, cursor) + typed + text.slice(cursor), cursor: cursor + typed.length }
}

const remove = ({ text }: Editor, from: number, to: number): Editor => ({
  text: text.slice(0, from) + text.slice(to),
  cursor: from,
})

/** Where the character before the cursor begins; marks and the parts of an emoji belong to it. */
function before({ text, cursor }: Editor): number {
  const near = text.slice(Math.max(0, cursor - 64), cursor)
  const last = [...new Intl.Segmenter().segment(near)].at(-1)
  return cursor - (last?.segment.length ?? 0)
}
function after({ text, cursor }: Editor): number {
  const [first] = new Intl.Segmenter().segment(text.slice(cursor, cursor + 64))
  return cursor + (first?.segment.length ?? 0)
}
const lineStart = ({ text, cursor }: Editor): number => text.lastIndexOf('\n', cursor - 1) + 1
function lineEnd({ text, cursor }: Editor): number {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}
const wordStart = ({ text, cursor }: Editor): number =>
  cursor -
  (/[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u.exec(text.slice(Math.max(0, cursor - 200), cursor))?.[0].length ?? 0)
const wordEnd = ({ text, cursor }: Editor): number =>
  cursor + (/^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(text.slice(cursor, cursor + 200))?.[0].length ?? 0)

const goTo = (editor: Editor, cursor: number): Editor => ({ text: editor.text, cursor })

const KEYS: Readonly<Record<string, (editor: Editor) => Editor>> = {
  left: (e) => goTo(e, before(e)),
  right: (e) => goTo(e, after(e)),
  'C-b': (e) => goTo(e, before(e)),
  'C-f': (e) => goTo(e, after(e)),
  home: (e) => goTo(e, lineStart(e)),
  end: (e) => goTo(e, lineEnd(e)),
  'C-a': (e) => goTo(e, lineStart(e)),
  'C-e': (e) => goTo(e, lineEnd(e)),
  'M-b': (e) => goTo(e, wordStart(e)),
  'C-left': (e) => goTo(e, wordStart(e)),
  'M-f': (e) => goTo(e, wordEnd(e)),
  'C-right': (e) => goTo(e, wordEnd(e)),
  backspace: (e) => remove(e, before(e), e.cursor),
  'C-h': (e) => remove(e, before(e), e.cursor),
  delete: (e) => remove(e, e.cursor, after(e)),
  'C-d': (e) => remove(e, e.cursor, after(e)),
  'C-w': (e) => remove(e, wordStart(e), e.cursor),
  'M-backspace': (e) => remove(e, wordStart(e), e.cursor),
  'M-d': (e) => remove(e, e.cursor, wordEnd(e)),
  'C-u': (e) => remove(e, lineStart(e), e.cursor),
  'C-k': (e) => remove(e, e.cursor, lineEnd(e)),
}

/** The editor after a key; undefined for keys that are none of its own. */
export const editorKey = (editor: Editor, key: string): Editor | undefined => KEYS[key]?.(editor)

/** Up or down by a line, as near to the same column as can be; undefined at the first and the last. */
export function moveByLine(editor: Editor, by: 1 | -1): Editor | undefined {
  const start = lineStart(editor)
  const column = editor.cursor - start
  if (by < 0) {
    if (start === 0) return undefined
    const previous = lineStart(goTo(editor, start - 1))
    return goTo(editor, Math.min(previous + column, start - 1))
  }
  const end = lineEnd(editor)
  if (end === editor.text.length) return undefined
  return goTo(editor, Math.min(end + 1 + column, lineEnd(goTo(editor, end + 1))))
}

export interface EditorView {
  lines: string[]
  /** In the lines shown. */
  cursor: { row: number; column: number }
}

/** More than this around the cursor is not folded: the rest of a long text is out of sight anyway. */
const NEAR = 16_384

/** The part of the text around the cursor, folded to the width, in at most so many rows. */
export function showEditor(editor: Editor, columns: number, rows: number): EditorView {
  if (rows === 1 && !editor.text.includes('\n')) return showField(editor, columns)
  const from = Math.max(0, editor.cursor - NEAR)
  const near = editor.text.slice(from, editor.cursor + NEAR)
  const cursor = editor.cursor - from
  const lines: string[] = []
  let place = { row: 0, column: 0 }
  let at = 0
  for (const one of near.split('\n')) {
    for (const piece of foldHard(one, columns)) {
      if (cursor >= at && cursor <= at + piece.length)
        place = { row: lines.length, column: widthOf(piece.slice(0, cursor - at)) }
      lines.push(piece)
      at += piece.length
    }
    at++
  }
  if (place.column >= columns) place = { row: place.row + 1, column: 0 }
  while (lines.length <= place.row) lines.push('')
  const top = Math.max(0, Math.min(place.row - rows + 1, lines.length - rows))
  return {
    lines: lines.slice(top, top + rows),
    cursor: { row: place.row - top, column: place.column },
  }
}

/** A field of one row, moved so far that the cursor is seen. */
function showField({ text, cursor }: Editor, columns: number): EditorView {
  const before = text.slice(0, cursor)
  // The cursor has a cell too.
  const shown = clipStart(before, columns - 1)
  const column = widthOf(shown)
  return {
    lines: [shown + clip(text.slice(cursor, cursor + NEAR), columns - column)],
    cursor: { row: 0, column },
  }
}

function foldHard(text: string, columns: number): string[] {
  if (text.length < columns && widthOf(text) < columns) return [text]
  const pieces: string[] = []
  let piece = ''
  let width = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const own = cellsOf(segment).reduce((sum, cell) => sum + cell.width, 0)
    if (width + own > columns) {
      pieces.push(piece)
      piece = ''
      width = 0
    }
    piece += segment
    width += own
  }
  pieces.push(piece)
  return pieces
}
