import { createHash } from 'node:crypto'
import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { MAX_PERSONAL } from '../limits.ts'
import { Options } from './shapes.ts'

export const personalContext = defineTool({
  name: 'personal_context',
  title: 'Personal Context',
  description:
    'Gives what the user says of themselves, which each conversation begins with, or sets it. To set it asks the user.',
  capability: 'chat.personal',
  input: Type.Object(
    {
      text: Type.Optional(
        Type.String({ maxLength: MAX_PERSONAL, description: 'Sets it; empty removes it.' }),
      ),
    },
    Options,
  ),
  output: Type.Object({ text: Type.String() }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['text'],
  async handler({ text }, call, { store }: Chat) {
    if (text !== undefined) {
      const before = createHash('sha256').update(`${store.personalContext}\0${text}`).digest('hex')
      call.consent('set what each conversation begins with', before, { text })
      await store.keepPersonalContext(text)
    }
    return { structured: { text: store.personalContext } }
  },
})
