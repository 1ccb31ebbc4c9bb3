import Type from 'typebox'
import { defineServer, defineTool } from '../../../src/protocol/define.ts'

const call = defineTool({
  name: 'call',
  title: 'Call',
  description: 'Has the echo server give a text back, and gives that.',
  capability: 'caller.use',
  input: Type.Object({ text: Type.String() }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  handler: async ({ text }, { gateway }) => {
    const { content } = await gateway.callTool('echo_echo', { text })
    return { content }
  },
})

export const server = defineServer({
  name: 'caller',
  title: 'Caller',
  version: '1.0.0',
  description: 'Calls the echo server.',
  scope: 'user',
  calls: ['echo.use'],
  tools: [call],
  open: async () => ({}),
})
