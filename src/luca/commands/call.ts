import { text as readText } from 'node:stream/consumers'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import { type Given, invoke } from '../../command/invoke.ts'
import { parseExactly } from '../../protocol/exact-json.ts'
import { isRecord } from '../../protocol/values.ts'

export const call: Command = {
  name: 'call',
  usage: 'TOOL|METHOD [JSON|-]',
  summary: 'call a tool, or a method of the protocol',
  details:
    'TOOL is a name from "luca tools". METHOD is a v1 method, such as mcp.fs.list, or one with a slash, such as ' +
    'tools/list. JSON is the object of arguments or parameters, for mcp.… also the array of them; - reads it from stdin.',
  positionals: [1, 2],
  gateway: true,
  consent: true,
  run: async ({ positionals: [name = '', given] }, context) =>
    invoke(name, await parameters(given, context), context),
}

async function parameters(given: string | undefined, { io }: Context): Promise<Given | undefined> {
  if (given === undefined) return undefined
  let value: unknown
  try {
    value = parseExactly(given === '-' ? await readText(io.stdin) : given)
  } catch (cause) {
    throw new CliError(
      'usage',
      `The arguments are not JSON (${(cause as Error).message}); write them as '{"path": "/"}'.`,
      { cause },
    )
  }
  if (!isRecord(value) && !Array.isArray(value))
    throw new CliError('usage', `The arguments must be a JSON object, such as '{"path": "/"}'.`)
  return value
}
