import type { Tool } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import { showEditor } from '../../model/editor.ts'
import { showList, windowStart } from '../../model/selection.ts'
import type { Area, Drawing, World } from '../../model/view.ts'
import { clip, widthOf } from '../../text/cells.ts'
import {
  EMPTY,
  excerpt,
  fit,
  type Line,
  line,
  on,
  paragraph,
  span,
  spread,
  styled,
} from '../../text/lines.ts'
import { listAndChosen } from '../columns.ts'
import { showJson } from '../json-lines.ts'
import { type FormField, wordOf } from './form.ts'
import {
  type Declared,
  HEAD_ROWS,
  selectedTool,
  serverOf,
  type ToolForm,
  type ToolRun,
  type ToolsState,
  toolsShown,
} from './model.ts'

export function draw(state: ToolsState, area: Area, world: World): Drawing {
  if (state.call) return { lines: calling(state.call, area, world) }
  if (state.form) return filling(state.form, area)
  if (state.declared) return { lines: declaring(state.declared, area) }
  const tools = toolsShown(state, world)
  const selected = selectedTool(state, world)
  let field = 0
  const list = (columns: number): Line[] => {
    field = columns - SLASH
    const at = tools.indexOf(selected as Tool)
    const rows = area.rows - 2
    const first = windowStart(at, tools.length, rows)
    const servers = serverColumn(tools, columns)
    const names = showList(tools.length, at, rows, (i) => row(tools, i, i === first, servers, columns))
    const none = styled(noTools(state, world), 'dim')
    return [filterLine(state, field), EMPTY, ...(tools.length > 0 ? names : [none])]
  }
  const about = (columns: number) => (selected ? aboutTool(selected, columns, area.rows) : [])
  const lines = listAndChosen(area, list, about)
  const { query, isTyped } = state.filter
  const column = SLASH + showEditor(query, field, 1).cursor.column
  return { lines, ...(isTyped ? { cursor: { row: 0, column } } : {}) }
}

/** What stands before a filter, in columns. */
const SLASH = 2

/** A tool as it is declared, all of it. */
function declaring(declared: Declared, { columns, rows }: Area): Line[] {
  const { tool } = declared
  const head = [
    styled(tool.name, 'heading'),
    ...excerpt(tool.description, columns, Math.floor(rows / 3), 'dim'),
    EMPTY,
  ]
  return [...head, ...showJson(declared, columns, rows - head.length)]
}

const noTools = ({ filter }: ToolsState, { link }: World): string =>
  filter.query.text !== '' ? 'No tool fits.' : link.state === 'connected' ? 'There are no tools.' : 'asking …'

function filterLine({ filter }: ToolsState, columns: number): Line {
  const { text } = filter.query
  if (filter.isTyped) return line(span('/ ', 'key'), showEditor(filter.query, columns, 1).lines[0] ?? '')
  return text === '' ? styled('All tools', 'heading') : line(span('/ ', 'key'), text)
}

/** How wide the names of servers stand, with the space after them. */
const serverColumn = (tools: readonly Tool[], columns: number): number =>
  Math.min(Math.floor(columns * MOST_OF_ROW), Math.max(...tools.map((tool) => widthOf(serverOf(tool)) + 2)))
/** A longer name of a server is cut, so that something is left for those of its tools. */
const MOST_OF_ROW = 0.4

/** A tool's own name; its server's where that changes, and in the first row. */
function row(tools: readonly Tool[], i: number, isFirst: boolean, servers: number, columns: number): Line {
  const tool = tools[i] as Tool
  const server = serverOf(tool)
  const isNamed = isFirst || serverOf(tools[i - 1] as Tool) !== server
  const name = fit(styled(isNamed ? server : '', 'dim'), servers - 2)
  const mark = tool.annotations?.destructiveHint ? styled(' ! ', 'warning') : EMPTY
  return spread(line(...name.spans, '  ', tool.name.slice(server.length + 1)), mark, columns)
}

function aboutTool(tool: Tool, columns: number, rows: number): Line[] {
  const { annotations: hints } = tool
  const marks = [
    hints?.readOnlyHint ? 'only reads' : '',
    hints?.destructiveHint ? 'can destroy: asks first' : '',
    hints?.openWorldHint ? 'reaches beyond this machine' : '',
  ].filter((one) => one !== '')
  const head = [
    styled(tool.name, 'heading'),
    ...(marks.length > 0 ? [styled(marks.join(', '), hints?.destructiveHint ? 'warning' : 'dim')] : []),
    EMPTY,
    ...excerpt(tool.description, columns, 8),
    EMPTY,
  ]
  const view = Math.max(1, rows - head.length)
  const schema: Line[] = []
  for (const one of schemaLines(tool.inputSchema, columns)) if (schema.push(one) > view) break
  if (schema.length === 0) return [...head, styled('It takes nothing.', 'dim')]
  if (schema.length <= view) return [...head, ...schema]
  return [...head, ...schema.slice(0, view - 1), styled('… (i shows all of it)', 'dim')]
}

/** Deeper than this a schema is only named. */
const MAX_SCHEMA_DEPTH = 4

/** Line by line, as far as it is read. */
function* schemaLines(schema: Record<string, unknown>, columns: number, depth = 0): Generator<Line> {
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const indent = '  '.repeat(depth)
  for (const [name, given] of Object.entries(isRecord(schema.properties) ? schema.properties : {})) {
    const property = isRecord(given) ? given : {}
    yield line(
      indent,
      span(name, 'accent'),
      span(` ${typeOf(property)}${required.has(name) ? '' : ', optional'}`, 'dim'),
    )
    const description = typeof property.description === 'string' ? property.description : ''
    if (description !== '')
      for (const one of excerpt(description, Math.max(10, columns - 2 * depth - 2), 3))
        yield { spans: [span(`${indent}  `), ...one.spans] }
    const inner = isRecord(property.items) ? property.items : property
    if (!isRecord(inner.properties)) continue
    if (depth < MAX_SCHEMA_DEPTH) yield* schemaLines(inner, columns, depth + 1)
    else yield styled(`${indent}  …`, 'dim')
  }
}

/** So many words or kinds are named. */
const MAX_NAMED = 12

function typeOf({ type, enum: words, items, anyOf, $ref }: Record<string, unknown>, depth = 0): string {
  if (depth > MAX_SCHEMA_DEPTH) return '…'
  const several = (all: readonly unknown[], name: (one: unknown) => string): string =>
    [...all.slice(0, MAX_NAMED).map(name), ...(all.length > MAX_NAMED ? ['…'] : [])].join(' | ')
  if (Array.isArray(words)) return several(words, wordOf)
  if (type === 'array' && isRecord(items)) return `list of ${typeOf(items, depth + 1)}`
  if (Array.isArray(anyOf))
    return several(anyOf.filter(isRecord), (one) =>
      isRecord(one) && 'const' in one ? wordOf(one.const) : typeOf(one as Record<string, unknown>, depth + 1),
    )
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  return typeof type === 'string' ? type : 'anything'
}

function filling({ tool, fields, at, problem }: ToolForm, { columns, rows }: Area): Drawing {
  const labels = Math.min(24, Math.max(6, ...fields.map(({ name }) => widthOf(name) + 3)))
  const rowsOf = (field: FormField, i: number): { lines: Line[]; column: number } => {
    const view = columns - labels - 3
    const shown = showEditor(field.value, view, 1)
    const empty = field.value.text === ''
    const hint =
      empty && i !== at ? (field.without !== '' ? field.without : field.required ? 'needed' : '') : ''
    const value = hint === '' ? span(shown.lines[0] ?? '') : span(hint, 'dim')
    const label = fit(
      styled(`${field.name}${field.required ? ' *' : ''}`, i === at ? 'accent' : 'dim'),
      labels - 1,
    )
    const about = i === at ? fieldHelp(field, columns - labels - 3) : []
    return {
      lines: [
        line(...label.spans, ' ', span('› ', i === at ? 'key' : 'border'), value),
        ...about.map((one): Line => ({ spans: [span(' '.repeat(labels + 2)), ...one.spans] })),
      ],
      column: labels + 2 + shown.cursor.column,
    }
  }
  const head = [styled(tool.name, 'heading'), ...excerpt(tool.description, columns, 3, 'dim'), EMPTY]
  const body: Line[] = []
  let cursor: { row: number; column: number } | undefined
  for (const [i, field] of fields.entries()) {
    const { lines, column } = rowsOf(field, i)
    if (i === at) cursor = { row: body.length, column }
    body.push(...lines)
  }
  const button = line(' ', span('call it', at >= fields.length ? 'strong' : 'accent'), ' ')
  const selectedRow = cursor?.row ?? body.length + 1
  body.push(EMPTY, at >= fields.length ? on('selection', button) : button)
  if (problem) body.push(styled(problem, 'error'))
  const view = rows - head.length
  const start = windowStart(selectedRow, body.length, view)
  return {
    lines: [...head, ...body.slice(start, start + view)],
    ...(cursor ? { cursor: { row: head.length + cursor.row - start, column: cursor.column } } : {}),
  }
}

function fieldHelp({ description, choices, kind }: FormField, columns: number): Line[] {
  const takes =
    choices.length > 0
      ? `one of ${choices.join(', ')} (Ctrl-N: the next)`
      : kind === 'json'
        ? 'JSON'
        : kind === 'string'
          ? ''
          : kind
  return [...excerpt(description, columns, 2, 'dim'), ...excerpt(takes, columns, 3, 'dim')].filter(
    ({ spans }) => spans.some(({ text }) => text !== ''),
  )
}

function calling(
  { tool, result, startedAt, progress }: ToolRun,
  { columns, rows }: Area,
  { now }: World,
): Line[] {
  const state = result
    ? styled(
        `${result.ok ? '✓ done' : '✗ failed'} in ${(result.ms / 1000).toFixed(2)} s`,
        result.ok ? 'ok' : 'error',
      )
    : styled(
        clip(`running, ${Math.round((now - startedAt) / 1000)} s  ${progress}`, Math.floor(columns / 2)),
        'accent',
      )
  const head = [spread(styled(tool.name, 'heading'), state, columns), EMPTY]
  const view = rows - HEAD_ROWS
  if (!result) return head
  const { lines, selected, ok } = result
  if (lines === undefined) return [...head, ...showJson(result, columns, view)]
  const shown = lines
    .slice(selected, selected + view)
    .flatMap((text) => paragraph(text, columns, ok ? 'text' : 'error'))
  return [...head, ...shown.slice(0, view)]
}
