/** `tools/list` and `tools/call`. */

import { suggestName } from '../host/suggest.ts'
import { withAttached } from '../protocol/attached.ts'
import { ToolError, type ToolReply, type UntrustedSource } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { CallToolResult, Result } from '../protocol/mcp.ts'
import { explain } from '../protocol/validator.ts'
import { isRecord } from '../protocol/values.ts'
import { withoutNulls } from './nulls.ts'
import { listHint, pageOf } from './pages.ts'
import type { RunningRequest } from './running-request.ts'
import type { ServedTool, Service } from './service.ts'
import { markOf } from './untrusted.ts'

export function listTools(request: RunningRequest, service: Service): Result {
  const tools = service.descriptor.tools.map(
    ({ capability: _, untrusted: __, asksItself: ___, alsoNeeds: ____, stake: _____, ...tool }) => tool,
  )
  return pageOf('tools', tools, request.params.cursor, listHint(service))
}

/** Arguments that don't fit are a failed call, not a protocol error: the model reads why and corrects itself. */
export function callTool(
  request: RunningRequest,
  service: Service,
  { name, arguments: given }: Readonly<Record<string, unknown>> = request.params,
): CallToolResult | Promise<CallToolResult> {
  if (typeof name !== 'string') throw new RpcError('INVALID_PARAMS', 'tools/call needs "name", a string.')
  const tool = service.tools.get(name) ?? unknownTool(name, request, service)
  const args = withoutNulls(given ?? {}, tool.definition.input)
  if (!isRecord(args))
    throw new RpcError('INVALID_PARAMS', `The arguments of "${request.nameOf(name)}" must be an object.`)
  if (!tool.input(args))
    return failed(`The call of "${request.nameOf(name)}" was not made: ${explain(tool.input, args)}.`)
  return run(tool, args, request, service)
}

async function run(
  tool: ServedTool,
  args: Record<string, unknown>,
  request: RunningRequest,
  service: Service,
): Promise<CallToolResult> {
  try {
    return await runTool(tool, args, request, service)
  } catch (thrown) {
    if (thrown instanceof ToolError)
      return marked(
        failed(thrown.messageFor(request.nameOf, request.may), thrown.structured),
        request.words ?? thrown.untrusted,
      )
    throw thrown
  }
}

/** Runs a tool whose arguments fit. Throws the ToolError of one that fails. */
export async function runTool(
  tool: ServedTool,
  args: Record<string, unknown>,
  request: RunningRequest,
  service: Service,
): Promise<CallToolResult> {
  const { untrusted } = tool.definition
  request.carriesWordsOf(untrusted)
  const reply = await tool.definition.handler(args, request, service.deps)
  if (typeof reply === 'string')
    return marked(toResult(tool, { content: [{ type: 'text', text: reply }] }, request), request.words)
  const result = marked(toResult(tool, reply, request), request.words)
  return reply.attached && reply.attached.length > 0 ? withAttached(result, reply.attached) : result
}

/** The result, with the mark of content that others wrote. */
function marked(result: CallToolResult, untrusted: UntrustedSource | undefined): CallToolResult {
  if (untrusted === undefined) return result
  const mark = markOf(untrusted)
  return { ...result, content: result.content.map((block) => ({ ...block, ...mark })), ...mark }
}

function toResult(
  tool: ServedTool,
  { content, structured, isError }: ToolReply,
  request: RunningRequest,
): CallToolResult {
  if (isError)
    return {
      resultType: 'complete',
      content: content ?? [],
      isError,
      ...(structured === undefined ? {} : { structuredContent: structured }),
    }
  if (tool.output && !tool.output(structured))
    throw new RpcError(
      'INTERNAL',
      `The tool "${request.nameOf(tool.definition.name)}" gave a result that breaks its own schema.`,
      {
        cause: new Error(explain(tool.output, structured)),
      },
    )
  if (structured === undefined) return { resultType: 'complete', content: content ?? [] }
  return {
    resultType: 'complete',
    content: content ?? [{ type: 'text', text: JSON.stringify(structured) }],
    structuredContent: structured,
  }
}

const failed = (text: string, structured?: unknown): CallToolResult => ({
  resultType: 'complete',
  content: [{ type: 'text', text }],
  ...(structured === undefined ? {} : { structuredContent: structured }),
  isError: true,
})

function unknownTool(name: string, request: RunningRequest, service: Service): never {
  const meant = suggestName(name, service.tools.keys())
  const hint = meant === undefined ? 'tools/list lists them.' : `Did you mean "${request.nameOf(meant)}"?`
  throw new RpcError('INVALID_PARAMS', `Unknown tool: "${request.nameOf(name)}". ${hint}`)
}
