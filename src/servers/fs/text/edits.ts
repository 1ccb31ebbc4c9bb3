/** Replacing passages of a text, as a model gives them: exactly, or with the white space of lines a bit off. */
import { ToolError } from '../../../protocol/define.ts'
import { MAX_EDIT_WORK_CHARS } from '../limits.ts'
import { charactersOf, itemsOf, placesOf } from './places.ts'

export interface Edit {
  readonly oldText: string
  readonly newText: string
}

/** How many characters the edits of a text read through: each reads all of it, with what the others brought. */
export const workOf = (text: string, edits: readonly Edit[]): number =>
  edits.length * edits.reduce((length, { newText }) => length + newText.length, text.length) +
  edits.reduce((length, { oldText }) => length + oldText.length, 0)

/** Throws a ToolError where that is more than can be done. */
export function checkWork(text: string, edits: readonly Edit[]): void {
  const work = workOf(text, edits)
  if (work > MAX_EDIT_WORK_CHARS)
    throw new ToolError(
      `These ${edits.length} edits would read through ${work} characters; ${MAX_EDIT_WORK_CHARS} are the most. Nothing was changed. Make fewer edits at once.`,
      { kind: 'invalid' },
    )
}

/**
 * Makes the edits one after the other. Line breaks stay what they are in the text. Throws a ToolError if a
 * passage is not there, or there more than once.
 */
export const applyEdits = (text: string, edits: readonly Edit[]): string =>
  edits.reduce(
    (current, edit, index) => applyEdit(current, edit, `Edit ${index + 1} of ${edits.length}`),
    text,
  )

function applyEdit(text: string, edit: Edit, label: string): string {
  if (edit.oldText === '') throw new ToolError(`${label} has an empty oldText; nothing was changed.`)
  const [oldText, newText] = hasOnlyCrlf(text)
    ? [withCrlf(edit.oldText), withCrlf(edit.newText)]
    : [edit.oldText, edit.newText]
  const changed = replaceExact(text, oldText, newText, label) ?? replaceLines(text, oldText, newText, label)
  if (changed !== undefined) return changed
  throw new ToolError(
    `${label} was not found in the file, not even with other white space; nothing was changed. Read the file again and copy oldText from it:\n${excerpt(oldText)}`,
  )
}

const hasOnlyCrlf = (text: string): boolean => text.includes('\r\n') && !/(?<!\r)\n/.test(text)

const withCrlf = (text: string): string => text.replace(/\r?\n/g, '\r\n')

/** Undefined if the passage is not there. */
function replaceExact(text: string, oldText: string, newText: string, label: string): string | undefined {
  const places = placesOf(charactersOf(text), charactersOf(oldText), MAX_COUNT)
  const [at] = places
  if (at === undefined) return undefined
  if (places.length > 1) throw ambiguous(label, places.length)
  return text.slice(0, at) + newText + text.slice(at + oldText.length)
}

/** Counting stops here. */
const MAX_COUNT = 1000

const ambiguous = (label: string, count: number): ToolError =>
  new ToolError(
    `${label} matches ${count}${count === MAX_COUNT ? ' or more' : ''} places; nothing was changed. Give more of the lines around it, so that it matches one.`,
  )

/** Whole lines that are the same but for white space at their ends; undefined if there are none. */
function replaceLines(text: string, oldText: string, newText: string, label: string): string | undefined {
  const lines = text.split('\n')
  const old = oldText.replace(/\n$/, '').split('\n')
  const wanted = old.map((line) => line.trim())
  if (wanted.every((line) => line === '')) return undefined
  const trimmed = lines.map((line) => line.trim())
  const starts = placesOf<string | undefined>(itemsOf(trimmed), itemsOf(wanted), MAX_COUNT)
  const [start] = starts
  if (start === undefined) return undefined
  if (starts.length > 1) throw ambiguous(label, starts.length)
  const ending = lines[start]?.endsWith('\r') ? '\r' : ''
  const fresh = reindented(newText.replace(/\r?\n$/, ''), indentOf(old[0]), indentOf(lines[start]))
  const isLast = start + old.length === lines.length
  return [
    ...lines.slice(0, start),
    ...fresh.map((line, index) => (isLast && index === fresh.length - 1 ? line : line + ending)),
    ...lines.slice(start + old.length),
  ].join('\n')
}

const indentOf = (line = ''): string => /^[ \t]*/.exec(line)?.[0] ?? ''

/** The new lines, moved from the indentation that was given to the one that the file has. */
function reindented(text: string, given: string, actual: string): string[] {
  if (text === '') return []
  return text.split(/\r?\n/).map((line) => {
    if (line.trim() === '') return line
    return line.startsWith(given) ? actual + line.slice(given.length) : actual + line.trimStart()
  })
}

const MAX_EXCERPT = 500

const excerpt = (text: string): string =>
  text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text
