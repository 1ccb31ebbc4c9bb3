import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { expungeMessages, type Group, groupsOf, moveMessages } from '../change/change.ts'
import type { Mail, MailCall } from '../mail.ts'
import { CHANGES, IdsParameter, OutcomeOutput, outcomeReply } from './changes.ts'
import { renumbered } from './move-email.ts'
import { Options } from './shapes.ts'

export const deleteEmail = defineTool({
  name: 'delete_email',
  title: 'Delete Emails',
  description: 'Moves emails to the trash. Those that lie there are deleted for good with forGood.',
  capability: 'mail.write',
  input: Type.Object(
    {
      ids: IdsParameter,
      forGood: Type.Optional(
        Type.Boolean({ default: false, description: 'From the trash, so that nobody gets them back.' }),
      ),
    },
    Options,
  ),
  output: OutcomeOutput,
  annotations: { ...CHANGES, destructiveHint: true },
  asksItself: true,
  stake: ['ids'],
  untrusted: 'mail',
  async handler({ ids, forGood = false }, call, mail: Mail) {
    if (!forGood) {
      const outcome = await moveMessages(mail, ids, 'trash', call)
      return outcomeReply(outcome, 'In the trash', renumbered(mail, outcome.done, call))
    }
    const groups = groupsOf(mail, ids)
    await mustLieInTrash(mail, groups, call)
    if (groups.length > 0) call.consent(effectOf(groups), stateOf(groups))
    return outcomeReply(await expungeMessages(mail, ids, call), 'Deleted for good')
  },
})

async function mustLieInTrash(mail: Mail, groups: readonly Group[], call: MailCall): Promise<void> {
  const others: number[] = []
  for (const { account, mailbox, messages } of groups) {
    const trash = await mail.mailbox(account, 'trash', call)
    if (trash.id !== mailbox.id) others.push(...messages.map(({ id }) => id))
  }
  if (others.length > 0)
    throw new ToolError(
      `Only what lies in the trash is deleted for good, and ${others.join(', ')} ${others.length === 1 ? 'does' : 'do'} not. Nothing was deleted. Delete without forGood first.`,
      { kind: 'invalid' },
    )
}

const SHOWN = 3
const SUBJECT_CHARS = 60

/** As it goes on after "would". */
function effectOf(groups: readonly Group[]): string {
  const all = groups.flatMap(({ messages }) => messages)
  const shown = all
    .slice(0, SHOWN)
    .map(({ header }) => JSON.stringify(header.subject.slice(0, SUBJECT_CHARS).toWellFormed()))
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''
  const what = all.length === 1 ? 'the email' : `${all.length} emails`
  return `delete ${what} ${shown.join(', ')}${more} for good`
}

const stateOf = (groups: readonly Group[]): string =>
  groups
    .map(
      ({ mailbox, messages }) =>
        `${mailbox.id} ${mailbox.uidValidity} ${messages.map(({ uid }) => uid).join()}`,
    )
    .join('\n')
