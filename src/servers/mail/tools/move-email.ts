import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { moveMessages } from '../change/change.ts'
import type { Mail } from '../mail.ts'
import { CHANGES, IdsParameter, OutcomeOutput, outcomeReply } from './changes.ts'
import { Options } from './shapes.ts'

export const moveEmail = defineTool({
  name: 'move_email',
  title: 'Move Emails',
  description: 'Moves emails to another folder of their account.',
  capability: 'mail.write',
  input: Type.Object(
    {
      ids: IdsParameter,
      mailbox: Type.String({
        minLength: 1,
        maxLength: 1000,
        description:
          'The folder: its path, or inbox, sent, drafts, trash, junk or archive, whatever it is called.',
      }),
    },
    Options,
  ),
  output: OutcomeOutput,
  annotations: CHANGES,
  untrusted: 'mail',
  async handler({ ids, mailbox }, call, mail: Mail) {
    const outcome = await moveMessages(mail, ids, mailbox, call)
    return outcomeReply(outcome, `Moved to ${JSON.stringify(mailbox)}`, renumbered(mail, outcome.done, call))
  },
})

/** Where the server does not say which numbers they have there. */
export function renumbered(
  mail: Mail,
  done: readonly number[],
  call: { nameOf(tool: string): string },
): string | undefined {
  return done.every((id) => mail.cache.message(id))
    ? undefined
    : `They have other numbers there, which ${call.nameOf('list_emails')} shows.`
}
