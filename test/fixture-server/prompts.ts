/** Prompts that the conformance suite gets by name. */
import type { PromptDefinition } from '../../src/protocol/define.ts'
import type { ContentBlock, PromptMessage } from '../../src/protocol/mcp.ts'
import { form, STRING } from './questions.ts'
import { PNG } from './samples.ts'

const capability = 'fixture.test'
const user = (content: ContentBlock): PromptMessage => ({ role: 'user', content })
const say = (text: string): PromptMessage => user({ type: 'text', text })

/** What can be completed for the arguments of the prompt with arguments. */
const WORDS = ['paris', 'park', 'party', 'testValue1', 'testValue2']

export const prompts: PromptDefinition[] = [
  {
    name: 'test_simple_prompt',
    description: 'A prompt without arguments',
    capability,
    handler: async () => ({ messages: [say('This is a simple prompt for testing.')] }),
  },
  {
    name: 'test_prompt_with_arguments',
    description: 'A prompt that repeats its arguments',
    capability,
    arguments: [
      { name: 'arg1', description: 'First test argument', required: true },
      { name: 'arg2', description: 'Second test argument', required: true },
    ],
    complete: async (_, value) => WORDS.filter((word) => word.startsWith(value)),
    handler: async ({ arg1, arg2 }) => ({
      messages: [say(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  },
  {
    name: 'test_prompt_with_embedded_resource',
    description: 'A prompt with a resource in it',
    capability,
    arguments: [{ name: 'resourceUri', description: 'URI of the resource to embed', required: true }],
    handler: async ({ resourceUri: uri = '' }) => ({
      messages: [
        user({
          type: 'resource',
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        say('Please process the embedded resource above.'),
      ],
    }),
  },
  {
    name: 'test_prompt_with_image',
    description: 'A prompt with an image in it',
    capability,
    handler: async () => ({
      messages: [user({ type: 'image', ...PNG }), say('Please analyze the image above.')],
    }),
  },
  {
    name: 'test_input_required_result_prompt',
    description: 'A prompt that asks the user first',
    capability,
    handler: async (_, call) => {
      const { user_context } = await call.ask({
        user_context: form('What context should the prompt use?', { context: STRING }),
      })
      return { messages: [say(`The context is ${JSON.stringify(user_context?.content)}.`)] }
    },
  },
]
