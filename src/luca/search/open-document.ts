/** Opens what was found in a document that is no text: its page, at the place. */
import { textOf } from '../../command/catalogue.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { isTerminal } from '../../command/io.ts'
import { inLine, patiently, visible, writeJson, writeLine } from '../../command/output.ts'
import type { FoundText } from '../../command/search/found.ts'
import { lineOfFound, READ_DOCUMENT } from '../../command/served-documents.ts'
import { quote } from '../../line/words.ts'
import { type CallToolResult, METHOD } from '../../protocol/mcp.ts'
import { isRecord, textIn } from '../../protocol/values.ts'
import { pagerAt, runProgram } from './program.ts'

/** As much as the tool gives at a time, in characters. */
const MOST_CHARS = 1_000_000

/** In a pager where luca may give it the terminal, else printed. As JSON with the place that was found. */
export async function openDocument(hit: FoundText, context: Context, hasTerminal: boolean): Promise<Outcome> {
  const { path, part } = hit
  const { io, json } = context
  const pages = part === undefined ? {} : { pages: `${part.number}` }
  const result = await patiently(
    context,
    () => `reading ${path}`,
    read({ path, limit: MOST_CHARS, ...pages }, context),
  )
  if (result.isError) {
    if (part || json) throw new CliError('failed', textOf(result))
    writeLine(io.stderr, `${inLine(textOf(result))} This is what was found in it:`)
    writeLine(io.stdout, visible(hit.snippet))
    return 'ok'
  }
  const document = isRecord(result.structuredContent) ? result.structuredContent : {}
  if (json) {
    writeJson(io, { path, ...(part && { part }), ...document })
    return 'ok'
  }
  const text = visible(textIn(document.content) ?? textOf(result))
  const line = 1 + lineOfFound(text.split('\n'), hit)
  const pager = hasTerminal && isTerminal(io) ? pagerAt(io.env, line) : undefined
  if (pager) await runProgram(pager, { LESS: 'FRX', ...io.env }, { input: text, variable: 'PAGER' })
  else writeLine(io.stdout, text)
  if (document.nextOffset !== undefined) {
    const rest = JSON.stringify({ path, ...pages, offset: document.nextOffset })
    writeLine(io.stderr, `It goes on: luca call ${READ_DOCUMENT} ${inLine(quote(rest))}`)
  }
  return 'ok'
}

async function read(given: object, { gateway, signal }: Context): Promise<CallToolResult> {
  const link = await gateway()
  const call = { name: READ_DOCUMENT, arguments: given }
  return (await link.request(METHOD.callTool, call, { signal })) as CallToolResult
}
