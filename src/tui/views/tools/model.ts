/** Every tool of every server: what it takes, a form to call it, and the result as a tree. */

import { textOf } from '../../../command/catalogue.ts'
import { quote } from '../../../line/words.ts'
import type { CallToolResult, Tool } from '../../../protocol/mcp.ts'
import { splitAdvertisedName } from '../../../protocol/names.ts'
import { type Editor, editorKey, insert, NO_TEXT } from '../../model/editor.ts'
import { type Effect, type Outcome, type Step, step } from '../../model/effects.ts'
import { firstOpen, structureOf, type Tree, treeKey } from '../../model/json-tree.ts'
import { moved } from '../../model/selection.ts'
import type { Action, Area, ViewEvent, World } from '../../model/view.ts'
import { fuzzyFind } from '../../text/fuzzy.ts'
import { paragraph } from '../../text/lines.ts'
import { lastTop, linesOf } from '../../text/long-text.ts'
import { argumentsOf, type FormField, fieldsOf, nextChoice } from './form.ts'

/** The arguments of a call that is not made yet, as fields. */
export interface ToolForm {
  tool: Tool
  fields: readonly FormField[]
  at: number
  problem: string | undefined
}

/** A call that was made, and its result once there is one. */
export interface ToolRun {
  tool: Tool
  arguments: Record<string, unknown>
  /** Since the epoch, in milliseconds. */
  startedAt: number
  progress: string
  result: Result | undefined
}

export interface Result extends Tree {
  ok: boolean
  ms: number
  /** Where the value is no structure: the lines of the text. The row is then the first in sight. */
  lines: readonly string[] | undefined
}

/** A tool as it is declared. */
export interface Declared extends Tree {
  tool: Tool
}

export interface ToolsState {
  /** By name, so that a catalogue that changes does not move the choice. */
  selected: string | undefined
  filter: { query: Editor; isTyped: boolean }
  declared: Declared | undefined
  form: ToolForm | undefined
  call: ToolRun | undefined
}

export type ToolsMessage =
  | { type: 'reveal'; name: string }
  | { type: 'progress'; text: string }
  | { type: 'answered'; startedAt: number; outcome: Outcome<CallToolResult> }
  | { type: 'ticked' }
  | { type: 'do'; key: string }

export type ToolsStep = Step<ToolsState, ToolsMessage>

export const INITIAL: ToolsState = {
  selected: undefined,
  filter: { query: NO_TEXT, isTyped: false },
  declared: undefined,
  form: undefined,
  call: undefined,
}
const CALL = 'tools call'
/** What stands above a list, a tree or a text. */
export const HEAD_ROWS = 2

export const serverOf = ({ name }: Tool): string => splitAdvertisedName(name)?.server ?? 'gateway'

export const toolsShown = ({ filter }: ToolsState, { offer }: World): Tool[] =>
  fuzzyFind(filter.query.text, offer.tools, ({ name, description }) => `${name} ${description.slice(0, 80)}`)

export function selectedTool(state: ToolsState, world: World): Tool | undefined {
  const tools = toolsShown(state, world)
  return tools.find(({ name }) => name === state.selected) ?? tools[0]
}

export function update(
  state: ToolsState,
  message: ToolsMessage | ViewEvent,
  world: World,
  area: Area,
): ToolsStep {
  const page = { ...area, rows: area.rows - HEAD_ROWS }
  switch (message.type) {
    case 'reveal': {
      const tool = world.offer.tools.find(({ name }) => name === message.name)
      return step(tool ? { ...state, ...openForm(tool), filter: INITIAL.filter, selected: tool.name } : state)
    }
    case 'progress':
      return step(state.call ? { ...state, call: { ...state.call, progress: message.text } } : state)
    case 'ticked':
      return state.call && !state.call.result ? step({ ...state }, tick()) : step(state)
    case 'answered':
      return step(answered(state, message.startedAt, message.outcome, world))
    case 'do':
      return listKey(state, message.key, world, page.rows)
    case 'key':
      if (state.call) return resultKey(state, state.call, message.key, page)
      if (state.form) return formKey(state, state.form, message.key, world)
      if (state.declared) return declaredKey(state, state.declared, message.key, page.rows)
      return state.filter.isTyped
        ? filterKey(state, message.key, world, page.rows)
        : listKey(state, message.key, world, page.rows)
    case 'text':
    case 'paste':
      return step(typed(state, message.text))
    case 'wheel':
      return update(state, { type: 'key', key: message.by < 0 ? 'up' : 'down' }, world, area)
    default:
      return step(state)
  }
}

const openForm = (tool: Tool): Pick<ToolsState, 'declared' | 'form' | 'call'> => ({
  declared: undefined,
  form: { tool, fields: fieldsOf(tool.inputSchema), at: 0, problem: undefined },
  call: undefined,
})

function listKey(state: ToolsState, key: string, world: World, rows: number): ToolsStep {
  const tools = toolsShown(state, world)
  const selected = selectedTool(state, world)
  const next = moved(Math.max(0, tools.indexOf(selected as Tool)), tools.length, key, rows)
  if (next !== undefined) return step({ ...state, selected: tools[next]?.name })
  if (key === '/') return step({ ...state, filter: { ...state.filter, isTyped: true } })
  if (key === 'escape' && state.filter.query.text !== '') return step({ ...state, filter: INITIAL.filter })
  if ((key === 'enter' || key === 'right' || key === 'l') && selected)
    return step({ ...state, ...openForm(selected), selected: selected.name })
  if (key === 'i' && selected)
    return step({ ...state, declared: declaredOf(selected), selected: selected.name })
  return step(state)
}

function declaredOf(tool: Tool): Declared {
  const { inputSchema, outputSchema, annotations } = tool
  const value = {
    inputSchema,
    ...(outputSchema ? { outputSchema } : {}),
    ...(annotations ? { annotations } : {}),
  }
  return { tool, value, open: new Set(['', '/inputSchema', '/inputSchema/properties']), selected: 0 }
}

function declaredKey(state: ToolsState, declared: Declared, key: string, rows: number): ToolsStep {
  if (key === 'escape' || key === 'q' || key === 'i') return step({ ...state, declared: undefined })
  const next = treeKey(declared, key, rows)
  return step(next ? { ...state, declared: next } : state)
}

function filterKey(state: ToolsState, key: string, world: World, rows: number): ToolsStep {
  if (key === 'escape') return step({ ...state, filter: INITIAL.filter })
  if (key === 'enter') return step({ ...state, filter: { ...state.filter, isTyped: false } })
  const query = key === 'up' || key === 'down' ? undefined : editorKey(state.filter.query, key)
  if (query) return step({ ...state, filter: { ...state.filter, query }, selected: undefined })
  return key.length > 1 ? listKey(state, key, world, rows) : step(state)
}

function typed(state: ToolsState, text: string): ToolsState {
  if (state.form) {
    const { form } = state
    const field = form.fields[form.at]
    if (!field) return state
    return withField(state, form, { ...field, value: insert(field.value, text.replaceAll('\n', ' ')) })
  }
  const query = insert(state.filter.query, text.replaceAll('\n', ' '))
  return { ...state, filter: { ...state.filter, query }, selected: undefined }
}

const withField = (state: ToolsState, form: ToolForm, field: FormField): ToolsState => ({
  ...state,
  form: { ...form, fields: form.fields.with(form.at, field), problem: undefined },
})

function formKey(state: ToolsState, form: ToolForm, key: string, world: World): ToolsStep {
  const count = form.fields.length
  const go = (at: number): ToolsStep =>
    step({ ...state, form: { ...form, at: (at + count + 1) % (count + 1) } })
  const field = form.fields[form.at]
  switch (key) {
    case 'escape':
      return step({ ...state, form: undefined })
    case 'tab':
    case 'down':
      return go(form.at + 1)
    case 'S-tab':
    case 'up':
      return go(form.at - 1)
    case 'M-enter':
    case 'C-s':
      return send(state, form, world)
    case 'enter':
      return form.at >= count || form.at === count - 1 ? send(state, form, world) : go(form.at + 1)
    default: {
      if (!field) return step(state)
      const chosen =
        key === 'C-n' || key === 'M-down'
          ? nextChoice(field, 1)
          : key === 'M-up'
            ? nextChoice(field, -1)
            : undefined
      const value = chosen ?? editorKey(field.value, key)
      return step(value ? withField(state, form, { ...field, value }) : state)
    }
  }
}

function send(state: ToolsState, form: ToolForm, { now }: World): ToolsStep {
  const filled = argumentsOf(form.fields)
  if (!filled.ok) return step({ ...state, form: { ...form, at: filled.field, problem: filled.problem } })
  const call: ToolRun = {
    tool: form.tool,
    arguments: filled.arguments,
    startedAt: now,
    progress: '',
    result: undefined,
  }
  return step(
    { ...state, call },
    {
      type: 'tool',
      name: form.tool.name,
      arguments: filled.arguments,
      consent: 'person',
      key: CALL,
      progress: (text) => ({ type: 'progress', text }),
      reply: (outcome) => ({ type: 'answered', startedAt: now, outcome }),
    },
    tick(),
  )
}

const tick = (): Effect<ToolsMessage> => ({
  type: 'later',
  key: 'tools tick',
  ms: 1000,
  message: { type: 'ticked' },
})

function answered(
  state: ToolsState,
  startedAt: number,
  outcome: Outcome<CallToolResult>,
  world: World,
): ToolsState {
  const { call } = state
  if (!call || call.startedAt !== startedAt) return state
  const text = outcome.ok ? textOf(outcome.value) : outcome.error
  const value = outcome.ok ? (outcome.value.structuredContent ?? structureOf(text)) : undefined
  const result: Result = {
    ok: outcome.ok && !outcome.value.isError,
    ms: world.now - startedAt,
    value,
    lines: value === undefined ? linesOf(text) : undefined,
    open: firstOpen(value),
    selected: 0,
  }
  return { ...state, call: { ...call, result } }
}

function resultKey(state: ToolsState, call: ToolRun, key: string, area: Area): ToolsStep {
  const { result } = call
  if (!result)
    return key === 'escape' || key === 'C-c'
      ? step({ ...state, call: undefined }, { type: 'abort', key: CALL })
      : step(state)
  if (key === 'escape' || key === 'q') return step({ ...state, call: undefined })
  const next =
    result.lines === undefined ? treeKey(result, key, area.rows) : textKey(result, result.lines, key, area)
  return step(next ? { ...state, call: { ...call, result: next } } : state)
}

function textKey(
  result: Result,
  lines: readonly string[],
  key: string,
  { columns, rows }: Area,
): Result | undefined {
  const last = lastTop(lines.length, rows, (i) => paragraph(lines[i] ?? '', columns).length)
  const selected = moved(Math.min(result.selected, last), last + 1, key, rows)
  return selected === undefined ? undefined : { ...result, selected }
}

export function lucaFor(state: ToolsState, name: string | undefined): string | undefined {
  if (state.call) return `luca call ${state.call.tool.name} ${quote(JSON.stringify(state.call.arguments))}`
  if (state.form) {
    const filled = argumentsOf(state.form.fields)
    return `luca call ${state.form.tool.name} ${filled.ok ? quote(JSON.stringify(filled.arguments)) : '…'}`
  }
  if (state.declared) return `luca tools --server ${serverOf(state.declared.tool)} --json`
  return name === undefined ? 'luca tools' : `luca call ${name}`
}

export const actions = (): Action<ToolsMessage>[] => [
  { title: 'find one', luca: 'luca tools', message: { type: 'do', key: '/' } },
]
