/** Calls of anything by its name, as people type it: v1 methods, methods of the protocol, and tools. */
import { callTool, textOf } from './catalogue.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import type { Outcome } from './exit-codes.ts'
import { patiently, visible, writeJson, writeLine } from './output.ts'

/** Arguments by position or by name. */
export type Given = unknown[] | Record<string, unknown>

/** Calls, and prints what comes. Throws a CliError for arguments by position where only names do. */
export async function invoke(name: string, given: Given | undefined, context: Context): Promise<Outcome> {
  const { io, signal } = context
  const link = await context.gateway()
  if (name.startsWith('mcp.')) {
    const value = await patiently(context, () => name, link.v1<unknown>(name, given, signal))
    if (typeof value === 'string' && !context.json)
      writeLine(io.stdout, io.stdout.isTTY ? visible(value) : value)
    else writeJson(io, value ?? null)
    return 'ok'
  }
  if (Array.isArray(given))
    throw new CliError('usage', `"${name}" takes its arguments by name, as in '{"path": "/"}'.`)
  if (name.includes('/')) {
    writeJson(io, await patiently(context, () => name, link.request(name, given, { signal })))
    return 'ok'
  }
  const result = await callTool(context, name, given ?? {})
  if (context.json) writeJson(io, result)
  else {
    const out = result.isError ? io.stderr : io.stdout
    writeLine(out, out.isTTY ? visible(textOf(result)) : textOf(result))
  }
  return result.isError ? 'failed' : 'ok'
}
