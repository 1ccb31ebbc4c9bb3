/** Attachments of emails, on the terminal. */
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'
import { askDownload } from './ask.ts'

/** Saves one among the files of the user. */
export async function downloadAttachment(input: Input, context: Context): Promise<Outcome> {
  const [number = '', attachment] = input.positionals
  const id = wholeIn(number, 1)
  if (id === undefined)
    throw new CliError('usage', 'An email is named by its number; "luca mail list" shows them.')
  const folder = input.text('to-folder')
  const { value, document } = await askDownload(context, {
    id,
    ...(attachment !== undefined && { attachment }),
    ...(folder !== undefined && { folder }),
  })
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `Saved as ${inLine(value.path)} (${value.size} bytes).`)
  return 'ok'
}
