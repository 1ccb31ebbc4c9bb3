/**
 * The gateway's own tools, for clients and models that drown in many: one finds tools, one describes them, and
 * one calls them. They are offered alone at `/mcp?tools=search`.
 */
import { suggestName } from '../../../host/suggest.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, type Tool } from '../../../protocol/mcp.ts'
import { OWN_TOOLS, splitAdvertisedName } from '../../../protocol/names.ts'
import { isRecord, isWhole, present } from '../../../protocol/values.ts'
import type { Inbound } from '../../call/call.ts'
import type { View } from '../catalogue.ts'
import { buildIndex, type ToolIndex } from './ranking.ts'

const DEFAULT_LIMIT = 10
const MAX_LIMIT = 100
/** How much of a description a search shows, in characters. */
const MAX_SUMMARY = 200

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const NAME = { type: 'string', description: 'The name of a tool, as search_tools returns it.' }

export const SEARCH_TOOLS: Tool[] = [
  {
    name: OWN_TOOLS.search,
    title: 'Search Tools',
    description:
      'Finds tools by what they do. Describe the task in a few words; then look a tool up with get_tool_details and run it with call_tool.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'A few words, such as "read file" or "time zone".' },
        limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
        server: { type: 'string', description: 'Only tools of this server.' },
      },
      required: ['query'],
    },
    annotations: READ_ONLY,
  },
  {
    name: OWN_TOOLS.details,
    title: 'Get Tool Details',
    description: 'Describes one tool: what it does, and the schemas of its arguments and its result.',
    inputSchema: { type: 'object', properties: { name: NAME }, required: ['name'] },
    annotations: READ_ONLY,
  },
  {
    name: OWN_TOOLS.call,
    title: 'Call Tool',
    description: 'Calls a tool by its name. Its result is the result of that tool.',
    inputSchema: {
      type: 'object',
      properties: {
        name: NAME,
        args: { type: 'object', description: 'The arguments, as get_tool_details describes them.' },
      },
      required: ['name'],
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  },
]

/** The parameters of the call that a call of `call_tool` stands for; of any other those it has. Throws INVALID_PARAMS. */
export function unwrapCallTool(
  { method, server }: Pick<Inbound, 'method' | 'server'>,
  params: Inbound['params'],
): Inbound['params'] {
  if (method !== METHOD.callTool || server !== undefined || params.name !== OWN_TOOLS.call) return params
  const { name, args = {} } = isRecord(params.arguments) ? present(params.arguments) : {}
  if (typeof name !== 'string' || !isRecord(args))
    throw new RpcError('INVALID_PARAMS', 'call_tool needs "name", a string, and "args", an object.')
  if (name === OWN_TOOLS.call)
    throw new RpcError('INVALID_PARAMS', 'call_tool can’t call itself; name the tool to call.')
  return { ...params, name, arguments: args }
}

/** Views change when descriptors do, and their indexes with them. */
const indexes = new WeakMap<View, ToolIndex>()

/** The tools of a view that have something of a text, the best first. */
export function findTools(view: View, text: string): Tool[] {
  let index = indexes.get(view)
  if (!index) {
    index = buildIndex(view.tools)
    indexes.set(view, index)
  }
  return index.search(text)
}

/** The result of one of the tools that look tools up; undefined for any other name. */
export function lookUp(params: Record<string, unknown>, view: View): CallToolResult | undefined {
  const args = isRecord(params.arguments) ? present(params.arguments) : {}
  if (params.name === OWN_TOOLS.search) return search(args, view)
  if (params.name === OWN_TOOLS.details) return details(args, view)
  return undefined
}

function search(
  { query, limit = DEFAULT_LIMIT, server }: Record<string, unknown>,
  view: View,
): CallToolResult {
  if (typeof query !== 'string' || query.trim() === '')
    return failed('search_tools needs "query", a few words that say what the tool should do.')
  if (!isWhole(limit, 1, MAX_LIMIT)) return failed(`"limit" must be a whole number from 1 to ${MAX_LIMIT}.`)
  if (server !== undefined && typeof server !== 'string')
    return failed('"server" must be the name of a server.')
  const all = findTools(view, query).filter(({ name }) => server === undefined || serverOf(name) === server)
  const tools = all.slice(0, limit).map(({ name, title, description }) => ({
    name,
    ...(title === undefined ? {} : { title }),
    description: summary(description),
    server: serverOf(name),
  }))
  const mark = markOf(all.slice(0, limit))
  const lines = tools.map(({ name, description }) => `${name}: ${description}`)
  if (lines.length === 0) lines.push('No tool fits these words; try others, or fewer.')
  return {
    resultType: 'complete',
    content: [{ type: 'text', text: lines.join('\n'), ...mark }],
    structuredContent: { tools, total: all.length },
    ...mark,
  }
}

function details({ name }: Record<string, unknown>, view: View): CallToolResult {
  if (typeof name !== 'string') return failed('get_tool_details needs "name", a string.')
  const tool = [...view.tools, ...SEARCH_TOOLS].find((candidate) => candidate.name === name)
  if (!tool) {
    const meant = suggestName(
      name,
      view.tools.map((candidate) => candidate.name),
    )
    const hint = meant === undefined ? 'search_tools finds them.' : `Did you mean "${meant}"?`
    return failed(`There is no tool "${name.slice(0, 100)}". ${hint}`)
  }
  const mark = markOf([tool])
  return {
    resultType: 'complete',
    content: [{ type: 'text', text: JSON.stringify(tool), ...mark }],
    structuredContent: tool,
    ...mark,
  }
}

/** The mark of what servers of others say of themselves, where a text has words of one. */
function markOf(tools: readonly Tool[]): { _meta?: Record<string, unknown> } {
  const source = tools.map(({ _meta }) => _meta?.[META.untrusted]).find((each) => each !== undefined)
  return source === undefined ? {} : { _meta: { [META.untrusted]: source } }
}

const serverOf = (name: string): string => splitAdvertisedName(name)?.server ?? ''

/** The first sentence, and no more than fits on a line. */
function summary(description: string): string {
  const [sentence = ''] = /^.*?[.!?](?=\s|$)/s.exec(description) ?? [description]
  const line = sentence.replace(/\s+/g, ' ').trim()
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY - 1)}…` : line
}

const failed = (text: string): CallToolResult => ({
  resultType: 'complete',
  content: [{ type: 'text', text }],
  isError: true,
})
