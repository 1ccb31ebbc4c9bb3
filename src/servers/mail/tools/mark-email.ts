import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { markMessages } from '../change/change.ts'
import type { Mail } from '../mail.ts'
import { CHANGES, IdsParameter, OutcomeOutput, outcomeReply } from './changes.ts'
import { Options } from './shapes.ts'

export const markEmail = defineTool({
  name: 'mark_email',
  title: 'Mark Emails',
  description: 'Marks emails as read or unread, flagged or not, answered or not. What is left out stays.',
  capability: 'mail.write',
  input: Type.Object(
    {
      ids: IdsParameter,
      seen: Type.Optional(Type.Boolean({ description: 'false is unread.' })),
      flagged: Type.Optional(Type.Boolean()),
      answered: Type.Optional(Type.Boolean()),
    },
    Options,
  ),
  output: OutcomeOutput,
  annotations: CHANGES,
  untrusted: 'mail',
  async handler({ ids, seen, flagged, answered }, call, mail: Mail) {
    const asked = [
      { flag: '\\Seen', isSet: seen, says: seen ? 'read' : 'unread' },
      { flag: '\\Flagged', isSet: flagged, says: flagged ? 'flagged' : 'not flagged' },
      { flag: '\\Answered', isSet: answered, says: answered ? 'answered' : 'not answered' },
    ].filter(({ isSet }) => isSet !== undefined)
    if (asked.length === 0)
      throw new ToolError('Say how to mark them: give seen, flagged or answered.', { kind: 'invalid' })
    const flagsThat = (set: boolean) => asked.filter(({ isSet }) => isSet === set).map(({ flag }) => flag)
    const outcome = await markMessages(mail, ids, { add: flagsThat(true), remove: flagsThat(false) }, call)
    return outcomeReply(outcome, `Marked as ${asked.map(({ says }) => says).join(' and ')}`)
  },
})
