/** Tools that ask the client once, written as a server of either era would. */
import Type from 'typebox'
import { fixtureTool, NO_ARGUMENTS } from './fixture-tool.ts'
import { form, sample } from './questions.ts'

const ENUM = ['option1', 'option2', 'option3']

const titled = (noun: string) => [
  { const: 'value1', title: `First ${noun}` },
  { const: 'value2', title: `Second ${noun}` },
  { const: 'value3', title: `Third ${noun}` },
]

const outcome = ({ action, content }: Record<string, unknown> = {}) =>
  `action=${action}, content=${JSON.stringify(content ?? {})}`

export const askingTools = [
  fixtureTool(
    'test_sampling',
    "Asks the client's model",
    Type.Object({ prompt: Type.String({ description: 'What to ask the model' }) }),
    async ({ prompt }, call) => {
      const { reply } = await call.ask({ reply: sample(prompt) })
      return `LLM response: ${textOf(reply)}`
    },
  ),

  fixtureTool(
    'test_elicitation',
    'Asks the user for a name and an address',
    Type.Object({ message: Type.String({ description: 'What the user reads' }) }),
    async ({ message }, call) => {
      const { user } = await call.ask({
        user: form(message, {
          username: { type: 'string', description: "User's response" },
          email: { type: 'string', description: "User's email address" },
        }),
      })
      return `User response: ${outcome(user)}`
    },
  ),

  fixtureTool(
    'test_elicitation_sep1034_defaults',
    'Asks the user with default values',
    NO_ARGUMENTS,
    async (_, call) => {
      const { user } = await call.ask({
        user: form(
          'Please review your details',
          {
            name: { type: 'string', default: 'John Doe' },
            age: { type: 'integer', default: 30 },
            score: { type: 'number', default: 95.5 },
            status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
            verified: { type: 'boolean', default: true },
          },
          [],
        ),
      })
      return `Elicitation completed: ${outcome(user)}`
    },
  ),

  fixtureTool(
    'test_elicitation_sep1330_enums',
    'Asks the user to choose in every way there is',
    NO_ARGUMENTS,
    async (_, call) => {
      const { user } = await call.ask({
        user: form(
          'Please choose',
          {
            untitledSingle: { type: 'string', enum: ENUM },
            titledSingle: { type: 'string', oneOf: titled('Option') },
            legacyEnum: {
              type: 'string',
              enum: ['opt1', 'opt2', 'opt3'],
              enumNames: ['Option One', 'Option Two', 'Option Three'],
            },
            untitledMulti: { type: 'array', items: { type: 'string', enum: ENUM } },
            titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
          },
          [],
        ),
      })
      return `Elicitation completed: ${outcome(user)}`
    },
  ),

  fixtureTool(
    'test_streaming_elicitation',
    'Reports progress, then asks the user',
    NO_ARGUMENTS,
    async (_, call) => {
      call.progress(1, 2)
      const { user } = await call.ask({ user: form('Shall it go on?', { ok: { type: 'boolean' } }) })
      call.progress(2, 2)
      return `Elicitation completed: ${outcome(user)}`
    },
  ),

  fixtureTool('test_missing_capability', 'Needs a client that samples', NO_ARGUMENTS, async (_, call) => {
    const { reply } = await call.ask({ reply: sample('Are you there?') })
    return `LLM response: ${textOf(reply)}`
  }),
]

function textOf(reply: Record<string, unknown> = {}): string {
  const content = reply.content as { text?: unknown }
  return String(content.text ?? JSON.stringify(content))
}
