import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { markMessages } from '../change/change.ts'
import type { Mail } from '../mail.ts'
import { CHANGES, IdsParameter, OutcomeOutput, outcomeReply } from './changes.ts'
import { Options } from './shapes.ts'

/** The marks there are: their flags, and what one is called that is set, or taken away. */
const MARKS = {
  seen: ['\\Seen', 'read', 'unread'],
  flagged: ['\\Flagged', 'flagged', 'not flagged'],
  answered: ['\\Answered', 'answered', 'not answered'],
} as const

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
  async handler({ ids, ...marks }, call, mail: Mail) {
    const asked = Object.entries(MARKS).flatMap(([name, [flag, set, unset]]) => {
      const isSet = marks[name as keyof typeof MARKS]
      return isSet === undefined ? [] : [{ flag, isSet, says: isSet ? set : unset }]
    })
    if (asked.length === 0)
      throw new ToolError('Say how to mark them: give seen, flagged or answered.', { kind: 'invalid' })
    const flags = {
      add: asked.filter(({ isSet }) => isSet).map(({ flag }) => flag),
      remove: asked.filter(({ isSet }) => !isSet).map(({ flag }) => flag),
    }
    const says = asked.map((one) => one.says).join(' and ')
    return outcomeReply(await markMessages(mail, ids, flags, call), `Marked as ${says}`)
  },
})
