import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attach, READER } from '../answering/attach.ts'
import type { Chat } from '../chat.ts'
import { MAX_FILES, MAX_TEXT } from '../limits.ts'
import type { Options as ChatOptions } from '../store/shapes.ts'
import { waitFor } from './answer.ts'
import { AnswerOutput, CHANGES, changed, ModelParameter, Options } from './shapes.ts'

const MAX_TOOLS = 200

export const send = defineTool({
  name: 'send',
  title: 'Send Message',
  description:
    'Says something in a conversation, or begins one, and gives the answer of the model, which may use your tools. The answer goes on if you leave; {tool:join} waits for it.',
  capability: 'chat.use',
  alsoNeeds: 'llm.chat',
  input: Type.Object(
    {
      text: Type.String({ minLength: 1, maxLength: MAX_TEXT }),
      conversation: Type.Optional(
        Type.String({ minLength: 1, maxLength: 40, description: 'Its id; a new one begins without.' }),
      ),
      files: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
          maxItems: MAX_FILES,
          description: 'Paths of files that it is about.',
        }),
      ),
      model: ModelParameter,
      level: Type.Optional(Type.Integer({ minimum: 0, maximum: 2, description: 'How hard it is.' })),
      tools: Type.Optional(
        Type.Union(
          [Type.Enum(['auto']), Type.Array(Type.String({ maxLength: 64 }), { maxItems: MAX_TOOLS })],
          {
            description: 'The tools that may be used from now on: none if it is empty, any with "auto".',
          },
        ),
      ),
    },
    Options,
  ),
  output: AnswerOutput,
  annotations: { ...CHANGES, openWorldHint: true },
  untrusted: 'chat',
  stake: ['text', 'conversation'],
  async handler({ text, conversation: id, files: paths = [], model, level, tools }, call, chat: Chat) {
    const { store, answers, clock } = chat
    const known = id === undefined ? undefined : store.conversation(id)
    const files = await attach(paths, call)
    await chat.scheduleForgetting(call)
    const options: ChatOptions = {
      ...changed(known?.options ?? {}, { model, tools }),
      ...(level !== undefined && { level }),
    }
    const read = [...new Set([...(known?.read ?? []), ...(files.length > 0 ? [READER] : [])])]
    const about = files.length > 0 ? { files } : {}
    const at = known ?? { title: text, options, read }
    const asked = await store.ask(clock.wall(), at, { content: text, about }, { options, read })
    return waitFor(await answers.ask(asked, call), asked.conversation, call, chat)
  },
})
