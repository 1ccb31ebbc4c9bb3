import { appendFileSync } from 'node:fs'
import Type from 'typebox'
import { defineServer, defineTool } from '../../../src/protocol/define.ts'

const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'Gives a text back.',
  capability: 'echo.use',
  input: Type.Object({ text: Type.String() }),
  annotations,
  handler: async ({ text }) => text,
})

const wait = defineTool({
  name: 'wait',
  title: 'Wait',
  description: 'Gives an answer after a second.',
  capability: 'echo.use',
  input: Type.Object({}),
  annotations,
  handler: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return 'waited'
  },
})

export const server = defineServer({
  name: 'echo',
  title: 'Echo',
  version: '1.0.0',
  description: 'Gives texts back.',
  scope: 'user',
  tools: [echo, wait],
  /** Says when it was woken, in a file that the key names. */
  async woken(key, { due }) {
    appendFileSync(key.slice(0, key.indexOf('#')), `${Date.now() - due}\n`)
  },
  open: async () => ({}),
})
