/** Tools that answer at once, each with another kind of content. */
import Type from 'typebox'
import { ToolError } from '../../src/protocol/define.ts'
import { fixtureTool, NO_ARGUMENTS } from './fixture-tool.ts'
import { PNG, WAV } from './samples.ts'

export const contentTools = [
  fixtureTool('test_simple_text', 'Answers with a text', NO_ARGUMENTS, async () => {
    return 'This is a simple text response for testing.'
  }),

  fixtureTool('test_image_content', 'Answers with an image', NO_ARGUMENTS, async () => {
    return { content: [{ type: 'image', ...PNG }] }
  }),

  fixtureTool('test_audio_content', 'Answers with a sound', NO_ARGUMENTS, async () => {
    return { content: [{ type: 'audio', ...WAV }] }
  }),

  fixtureTool('test_embedded_resource', 'Answers with an embedded resource', NO_ARGUMENTS, async () => {
    const text = 'This is an embedded resource content.'
    return {
      content: [
        { type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text } },
      ],
    }
  }),

  fixtureTool(
    'test_multiple_content_types',
    'Answers with several kinds of content',
    NO_ARGUMENTS,
    async () => {
      const text = JSON.stringify({ test: 'data', value: 123 })
      return {
        content: [
          { type: 'text', text: 'Multiple content types test:' },
          { type: 'image', ...PNG },
          {
            type: 'resource',
            resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text },
          },
        ],
      }
    },
  ),

  fixtureTool('test_error_handling', 'Fails always', NO_ARGUMENTS, async () => {
    throw new ToolError('This tool intentionally returns an error for testing')
  }),

  fixtureTool(
    'json_schema_2020_12_tool',
    'Has a schema with keywords of the dialect 2020-12',
    Type.Unsafe<Record<string, unknown>>({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          $anchor: 'addressDef',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' },
      },
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
      if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['phone'] },
      else: { required: ['email'] },
      additionalProperties: false,
    }),
    async (args) => `Received ${JSON.stringify(args)}`,
  ),
]
