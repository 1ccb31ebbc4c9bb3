/** How overlays take keys and texts. */

import { defaultsOf, formOf, meaningOf, needsNothing } from '../../command/forms.ts'
import type { InputRequest } from '../../protocol/mcp.ts'
import { inWords, isRecord, put, textIn } from '../../protocol/values.ts'
import { fuzzyFind } from '../text/fuzzy.ts'
import { type Editor, editorKey, editorOf, insert, NO_TEXT } from './editor.ts'
import type { Effect } from './effects.ts'
import { helpLines } from './help.ts'
import { lastTopOf, outputArea, panelArea } from './jobs.ts'
import type { Choice, JobView, Message, Overlay, Palette, Question } from './message.ts'
import { type Asking, turnedPage } from './question-picture.ts'
import { moved } from './selection.ts'
import { paletteEntries, type State } from './state.ts'

type OverlayEvent = { type: 'key'; key: string } | { type: 'text'; text: string }

/** The overlay as it is then, or none once it is done with, and what follows. */
interface Result {
  overlay?: Overlay | undefined
  message?: Message
  effects?: readonly Effect<Message>[]
}

export function overlayEvent(state: State, overlay: Overlay, event: OverlayEvent): Result {
  if (event.type === 'key' && isAsking(overlay)) {
    const top = turnedPage(state, overlay, event.key)
    if (top !== undefined) return { overlay: { ...overlay, top } }
  }
  switch (overlay.type) {
    case 'prompt': {
      if (isEnd(event)) return { message: overlay.reply(undefined) }
      if (event.type === 'key' && event.key === 'enter')
        return { message: overlay.reply(overlay.editor.text) }
      return { overlay: { ...overlay, editor: edited(overlay.editor, event) } }
    }
    case 'confirm': {
      if (event.type === 'text' || isEnd(event)) return { message: overlay.reply(false) }
      // Enter may have been meant for something else.
      if (event.key === 'y') return { message: overlay.reply(true) }
      return event.key === 'n' ? { message: overlay.reply(false) } : { overlay }
    }
    case 'choose':
      return choiceEvent(overlay, event)
    case 'question':
      return questionEvent(overlay, event)
    case 'palette':
      return paletteEvent(state, overlay, event)
    case 'help': {
      if (event.type === 'text' || isEnd(event) || ['q', '?', 'enter'].includes(event.key)) return {}
      const { columns, rows } = panelArea(state)
      const last = Math.max(0, helpLines(state, columns).length - rows)
      const top = moved(Math.min(overlay.top, last), last + 1, event.key, rows)
      return { overlay: { ...overlay, top: top ?? overlay.top } }
    }
    case 'job':
      return jobEvent(state, overlay, event)
    case 'jobs': {
      if (event.type === 'text' || isEnd(event) || event.key === 'q') return {}
      const jobs = state.jobs.toReversed()
      const job = jobs[overlay.selected]
      if (event.key === 'enter' && job) return { overlay: { type: 'job', id: job.id, top: undefined } }
      return {
        overlay: {
          ...overlay,
          selected: moved(overlay.selected, jobs.length, event.key) ?? overlay.selected,
        },
      }
    }
  }
}

const isAsking = (overlay: Overlay): overlay is Asking =>
  overlay.type === 'prompt' || overlay.type === 'confirm' || overlay.type === 'question'

const isEnd = (event: OverlayEvent): boolean =>
  event.type === 'key' && (event.key === 'escape' || event.key === 'C-c')

const edited = (editor: Editor, event: OverlayEvent): Editor =>
  event.type === 'text'
    ? insert(editor, event.text.replaceAll('\n', ' '))
    : (editorKey(editor, event.key) ?? editor)

/** What a choice finds for what was typed, by its place. */
export const choicesFound = ({ items, query }: Pick<Choice, 'items' | 'query'>): number[] =>
  fuzzyFind(
    query.text,
    items.map((_, index) => index),
    (index) => items[index] as string,
  )

function choiceEvent(overlay: Choice, event: OverlayEvent): Result {
  if (isEnd(event)) return { message: overlay.reply(undefined) }
  const found = choicesFound(overlay)
  if (event.type === 'key') {
    if (event.key === 'enter') return { message: overlay.reply(found[overlay.selected]) }
    const selected = event.key.length > 1 ? moved(overlay.selected, found.length, event.key) : undefined
    if (selected !== undefined) return { overlay: { ...overlay, selected } }
  }
  return { overlay: { ...overlay, query: edited(overlay.query, event), selected: 0 } }
}

function paletteEvent(state: State, overlay: Palette, event: OverlayEvent): Result {
  if (isEnd(event)) return {}
  const { text } = overlay.query
  if (event.type === 'key') {
    const entries = paletteEntries(state)
    if (event.key === 'enter') {
      const entry = entries[overlay.selected]
      return entry ? { overlay, message: entry.message } : { overlay }
    }
    if (event.key === 'tab') return { overlay, effects: [{ type: 'complete', query: text }] }
    if (event.key === 'up' && overlay.selected === 0) return { overlay: recalled(overlay, state.typed, 1) }
    if (event.key === 'down' && overlay.recalled !== undefined)
      return { overlay: recalled(overlay, state.typed, -1) }
    const selected = event.key.length > 1 ? moved(overlay.selected, entries.length, event.key) : undefined
    if (selected !== undefined && !['home', 'end', 'C-b', 'C-f'].includes(event.key))
      return { overlay: { ...overlay, selected } }
  }
  const query = edited(overlay.query, event)
  if (query.text === text) return { overlay: { ...overlay, query } }
  const { recalled: _, ...fresh } = overlay
  return {
    overlay: { ...fresh, query, selected: 0, files: [], completions: [] },
    effects: [{ type: 'find', query: query.text }],
  }
}

/** A line that was typed before: the one before the shown one, or the one after. */
function recalled(overlay: Palette, typed: readonly string[], by: 1 | -1): Palette {
  const back = (overlay.recalled ?? 0) + by
  const { recalled: _, ...fresh } = overlay
  if (back <= 0) return { ...fresh, query: NO_TEXT }
  const line = typed.at(-back)
  return line === undefined ? overlay : { ...overlay, recalled: back, query: editorOf(line), completions: [] }
}

/** A server's question, as what is shown. What is no form is declined at once by whoever asks. */
export function questionOf(
  request: InputRequest,
  answer: (given: Record<string, unknown>) => void,
  name?: string,
): Question {
  const { message, requestedSchema } = request.params as { message?: unknown; requestedSchema?: unknown }
  const fields = formOf(isRecord(requestedSchema) ? requestedSchema : {})
  const defaults = defaultsOf(fields)
  return {
    type: 'question',
    ...(name !== undefined && { name }),
    message: textIn(message) ?? '',
    fields,
    values: fields.map(({ name }) => editorOf(defaults[name] === undefined ? '' : inWords(defaults[name]))),
    at: fields.length,
    reply(given) {
      answer(given)
      return { type: 'nothing' }
    },
  }
}

function questionEvent(overlay: Question, event: OverlayEvent): Result {
  const { fields, values, at } = overlay
  // Who turns away from a plain question has said no.
  if (isEnd(event)) return { message: overlay.reply({ action: needsNothing(fields) ? 'decline' : 'cancel' }) }
  const isAtAnswer = at >= fields.length
  if (event.type === 'key') {
    if (['tab', 'down', 'up', 'S-tab'].includes(event.key)) {
      const by = event.key === 'tab' || event.key === 'down' ? 1 : -1
      return { overlay: { ...overlay, at: (at + by + fields.length + 1) % (fields.length + 1) } }
    }
    if (event.key === 'enter' && !isAtAnswer) return { overlay: { ...overlay, at: at + 1 } }
    // A yes is never the key that was pressed for something else.
    if (isAtAnswer && event.key === 'enter')
      return { overlay: { ...overlay, problem: 'y allows it, n denies it.' } }
  }
  if (isAtAnswer) {
    const key = event.type === 'text' ? event.text[0] : event.key
    if (key === 'n' || key === 'N') return { message: overlay.reply({ action: 'decline' }) }
    if (key !== 'y' && key !== 'Y') return { overlay }
    return accepted(overlay)
  }
  const value = edited(values[at] ?? NO_TEXT, event)
  return { overlay: { ...overlay, values: values.with(at, value) } }
}

function accepted(overlay: Question): Result {
  const content: Record<string, unknown> = {}
  for (const [i, field] of overlay.fields.entries()) {
    const text = overlay.values[i]?.text.trim() ?? ''
    if (text === '' && !field.required) continue
    const value = meaningOf(field, text)
    if (value === undefined)
      return { overlay: { ...overlay, at: i, problem: `"${field.title}" has a value that does not fit.` } }
    put(content, field.name, value)
  }
  return { message: overlay.reply({ action: 'accept', content }) }
}

function jobEvent(state: State, overlay: JobView, event: OverlayEvent): Result {
  if (event.type === 'text') return { overlay }
  if (event.key === 'escape' || event.key === 'q' || event.key === 'enter') return {}
  if (event.key === 'C-c') return { overlay, effects: [{ type: 'abort', key: `job ${overlay.id}` }] }
  const job = state.jobs.find(({ id }) => id === overlay.id)
  if (!job) return { overlay }
  const area = outputArea(panelArea(state))
  const last = lastTopOf(job, area)
  const top = moved(Math.min(overlay.top ?? last, last), last + 1, event.key, area.rows)
  if (top === undefined) return { overlay }
  // At the end it stays there, also when more is written.
  return { overlay: { ...overlay, top: top === last ? undefined : top } }
}
