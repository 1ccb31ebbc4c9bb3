/** Emails are marked, moved and deleted by the numbers that lists show. */
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'
import type { Told } from '../search/ask.ts'
import { askChange, type Changed } from './ask.ts'

/** How emails are marked, by the word for it. */
export const MARKS: Readonly<Record<string, Record<string, boolean>>> = {
  read: { seen: true },
  unread: { seen: false },
  flagged: { flagged: true },
  unflagged: { flagged: false },
}

export async function markEmails(
  [how = '', ...numbers]: readonly string[],
  context: Context,
): Promise<Outcome> {
  const marks = MARKS[how]
  if (!marks) throw new CliError('usage', `Emails are marked ${Object.keys(MARKS).join(', ')}.`)
  return told(
    await askChange(context, 'marking them', 'mark_email', { ids: idsIn(numbers), ...marks }),
    `marked as ${how}`,
    context,
  )
}

/** As `mv` has it: where to is the last. */
export async function moveEmails(words: readonly string[], context: Context): Promise<Outcome> {
  const mailbox = words.at(-1) ?? ''
  const args = { ids: idsIn(words.slice(0, -1)), mailbox }
  return told(
    await askChange(context, 'moving them', 'move_email', args),
    `moved to ${inLine(mailbox)}`,
    context,
  )
}

export async function deleteEmails(
  numbers: readonly string[],
  forGood: boolean,
  context: Context,
): Promise<Outcome> {
  const args = { ids: idsIn(numbers), ...(forGood && { forGood }) }
  return told(
    await askChange(context, 'deleting them', 'delete_email', args),
    forGood ? 'deleted for good' : 'moved to the trash',
    context,
  )
}

/** Throws a CliError for what is no number of an email. */
export function idsIn(numbers: readonly string[]): number[] {
  const ids = numbers.map((number) => wholeIn(number, 1))
  if (ids.length > 0 && ids.every((id) => id !== undefined)) return ids
  throw new CliError('usage', 'Emails are named by their numbers; "luca mail list" shows them.')
}

function told({ value, document }: Told<Changed>, what: string, context: Context): Outcome {
  const { done, gone, failed } = value
  const { io } = context
  if (context.json) writeJson(io, document)
  else {
    writeLine(io.stdout, `${done} ${done === 1 ? 'email is' : 'emails are'} ${what}.`)
    if (gone.length > 0) writeLine(io.stderr, `Not there any more: ${gone.join(', ')}.`)
    for (const { ids, why } of failed) writeLine(io.stderr, `Not done: ${ids.join(', ')}. ${inLine(why)}`)
  }
  return gone.length + failed.length > 0 ? 'failed' : 'ok'
}
