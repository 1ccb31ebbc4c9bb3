import { json as readJson } from 'node:stream/consumers'
import { callTool, textOf, toolName } from '../catalogue.ts'
import type { Command, Context } from '../command.ts'
import { patiently, visible, writeJson, writeLine } from '../output.ts'
import { Refusal } from '../refusal.ts'

export const call: Command = {
  name: 'call',
  usage: 'TOOL|METHOD [JSON|-]',
  summary: 'call a tool, or a method of the protocol',
  details:
    'TOOL is a name from "luca tools", or mcp.<server>.<tool>. METHOD is one with a slash, such as tools/list. ' +
    'JSON is the object of arguments or parameters; - reads it from stdin.',
  positionals: [1, 2],
  gateway: true,
  consent: true,
  async run({ positionals: [name = '', given] }, context) {
    const params = await parameters(given, context)
    if (name.includes('/')) {
      const link = await context.gateway()
      const work = link.request(name, params, { signal: context.signal })
      writeJson(context.io, await patiently(context, () => name, work))
      return 'ok'
    }
    const result = await callTool(context, toolName(name), params)
    if (context.json) writeJson(context.io, result)
    else {
      const { stdout, stderr } = context.io
      const out = result.isError ? stderr : stdout
      writeLine(out, out.isTTY ? visible(textOf(result)) : textOf(result))
    }
    return result.isError ? 'failed' : 'ok'
  },
}

async function parameters(given: string | undefined, { io }: Context): Promise<Record<string, unknown>> {
  if (given === undefined) return {}
  let value: unknown
  try {
    value = given === '-' ? await readJson(io.stdin) : JSON.parse(given)
  } catch (cause) {
    throw new Refusal(
      'usage',
      `The arguments are not JSON (${(cause as Error).message}); write them as '{"path": "/"}'.`,
      {
        cause,
      },
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal('usage', `The arguments must be a JSON object, such as '{"path": "/"}'.`)
  return value as Record<string, unknown>
}
