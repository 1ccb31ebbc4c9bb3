/**
 * v1 methods, `mcp.<server>.<verb>`: parameters by position or by name, results of their own shapes,
 * and error codes within the server's range. Every tool is one of them too, under its own name.
 */
import { ToolError, type ToolErrorKind, type UntrustedSource } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { explain, type Validator } from '../protocol/validator.ts'
import { isRecord, present } from '../protocol/values.ts'
import { withoutNulls } from './nulls.ts'
import type { RunningRequest } from './running-request.ts'
import type { ServedTool, ServedV1, Service } from './service.ts'
import { runTool } from './tools.ts'
import { markOf, serverMarkOf } from './untrusted.ts'

/** What a kind of failure takes from the base of a server's error codes. */
const BELOW_BASE: Record<ToolErrorKind, number> = { failed: 0, invalid: 1, permission: 2, not_found: 3 }

/** The verb of a method of this server; undefined for any other method. */
export function v1Verb(method: string, service: Service): string | undefined {
  const prefix = `mcp.${service.definition.name}.`
  if (!method.startsWith(prefix)) return undefined
  const verb = method.slice(prefix.length)
  return service.v1.has(verb) || service.tools.has(verb) ? verb : undefined
}

/** Runs a method that `v1Verb` knows; its result is `value`, since it may be any JSON. */
export async function callV1(request: RunningRequest, service: Service): Promise<Result> {
  const verb = v1Verb(request.method, service) ?? ''
  const method = service.v1.get(verb)
  const tool = service.tools.get(verb)
  const untrusted = (method ?? tool)?.definition.untrusted
  try {
    request.carriesWordsOf(untrusted)
    const value = method
      ? await callMethod(method, request, service)
      : tool && (await callAsMethod(tool, request, service))
    return { resultType: 'complete', value, ...markOf(request.words) }
  } catch (thrown) {
    throw thrown instanceof ToolError
      ? v1Error(service, thrown.kind, thrown.messageFor(request.nameOf, request.may), request.words)
      : thrown
  }
}

async function callMethod(method: ServedV1, request: RunningRequest, service: Service): Promise<unknown> {
  const { definition, input, result } = method
  const args = present(named(request, definition.positional, service))
  checkArguments(request, input, args, service)
  const value = await definition.handler(args, request, service.deps)
  if (!result(value))
    throw new RpcError('INTERNAL', `"${request.method}" gave a result that breaks its own schema.`, {
      cause: new Error(explain(result, value)),
    })
  return value
}

async function callAsMethod(tool: ServedTool, request: RunningRequest, service: Service): Promise<unknown> {
  const schema = tool.definition.input as { properties?: object }
  const given = named(request, Object.keys(schema.properties ?? {}), service)
  const args = withoutNulls(given, schema) as Record<string, unknown>
  checkArguments(request, tool.input, args, service)
  const result = await runTool(tool, args, request, service)
  const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  if (result.isError) throw v1Error(service, 'failed', text, request.words)
  if (result.structuredContent !== undefined) return result.structuredContent
  return result.content.every((block) => block.type === 'text') ? text : result.content
}

/** The parameters by name, whichever way they came. */
function named(
  { params, method }: RunningRequest,
  order: readonly string[],
  service: Service,
): Record<string, unknown> {
  const given = params.arguments ?? {}
  if (isRecord(given)) return given
  if (!Array.isArray(given))
    throw new RpcError('INVALID_PARAMS', `The parameters of "${method}" must be an array or an object.`)
  if (given.length > order.length)
    throw v1Error(
      service,
      'invalid',
      `"${method}" takes ${order.length === 0 ? 'no parameters' : `at most ${order.length}: ${order.join(', ')}`}; there are ${given.length}.`,
    )
  // v1 clients fill what they leave out before the end with null.
  return Object.fromEntries(
    given.flatMap((value, i) => (value === null ? [] : [[order[i] as string, value]])),
  )
}

function checkArguments(
  { method }: RunningRequest,
  validator: Validator,
  args: Record<string, unknown>,
  service: Service,
): void {
  if (!validator(args))
    throw v1Error(service, 'invalid', `"${method}" was not run: ${explain(validator, args)}.`)
}

function v1Error(
  { definition }: Service,
  kind: ToolErrorKind,
  message: string,
  untrusted?: UntrustedSource,
): RpcError {
  const { v1ErrorBase: base } = definition
  const mark = serverMarkOf(untrusted)
  const options = Object.keys(mark).length === 0 ? {} : { data: mark }
  if (base !== undefined) return new RpcError(base - BELOW_BASE[kind], message, options)
  return new RpcError(kind === 'failed' ? 'INTERNAL' : 'INVALID_PARAMS', message, options)
}
