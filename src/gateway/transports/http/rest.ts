/**
 * Tools without MCP, for programs that only know HTTP and JSON: by their path, and in the shape of chat services by their name
 * in the body. They take the same way as every other call.
 */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, type Tool } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import { sendJson } from './answer.ts'
import { readJson } from './body.ts'
import { runCall } from './call.ts'
import type { Exchange } from './exchange.ts'

/** GET: the tools that the caller may use. */
export async function listTools(exchange: Exchange): Promise<void> {
  const { tools } = (await runCall(exchange, { method: METHOD.listTools, params: {} })) as unknown as {
    tools: Tool[]
  }
  sendJson(exchange.res, 200, { tools })
}

/** POST: a call; the body names the tool. */
export async function execute(exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.gate.memory, exchange)
  if (!isRecord(body) || typeof body.name !== 'string')
    throw new RpcError('INVALID_PARAMS', 'The body must be {"name": "…", "parameters": {…}}.')
  await callTool(exchange, body.name, body.parameters ?? {})
}

/** POST: a call; the path names the tool. */
export async function callNamedTool(exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.gate.memory, exchange)
  await callTool(exchange, exchange.name, body ?? {})
}

/** The structured result of a tool, else its text, else what it gave; `status` says whether it worked. */
async function callTool(exchange: Exchange, name: string, args: unknown): Promise<void> {
  if (!isRecord(args)) throw new RpcError('INVALID_PARAMS', 'The arguments must be a JSON object.')
  const result = await runCall(exchange, { method: METHOD.callTool, params: { name, arguments: args } })
  if (result.resultType !== 'complete')
    throw new RpcError('MISSING_CAPABILITY', `"${name}" has a question for its caller; call it over MCP.`)
  const { content = [], structuredContent, isError, _meta } = result as CallToolResult
  const isText = content.every((block) => block.type === 'text')
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  const ticket = _meta?.[META.ticket]
  const untrusted = _meta?.[META.untrusted]
  sendJson(exchange.res, 200, {
    status: isError ? 'error' : 'success',
    result: structuredContent ?? (isText ? text : content),
    ...(ticket === undefined ? {} : { ticket }),
    // Who wrote it, if it is not this system: for a model it is data, never instructions.
    ...(untrusted === undefined ? {} : { untrusted }),
  })
}
