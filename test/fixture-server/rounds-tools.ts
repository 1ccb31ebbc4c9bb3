/** Tools of the multi-round-trip scenarios. */

import type { ToolContext } from '../../src/protocol/define.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { RpcError } from '../../src/protocol/jsonrpc.ts'
import { fixtureTool, NO_ARGUMENTS } from './fixture-tool.ts'
import { CONFIRM, form, listRoots, STRING, sample } from './questions.ts'

const WHO = form('What is your name?', { name: STRING })

/** A field of a form that was filled in, or a word for one that was not. */
function field(answer: Record<string, unknown> | undefined, name: string): string {
  const content = answer?.content as Record<string, unknown> | undefined
  return String(content?.[name] ?? 'nobody')
}

const tool = (name: string, description: string, handler: (call: ToolContext) => Promise<string>) =>
  fixtureTool(`test_input_required_result_${name}`, description, NO_ARGUMENTS, (_, call) => handler(call))

export const roundsTools = [
  tool('elicitation', 'Asks the user for a name', async (call) => {
    const { user_name } = await call.ask({ user_name: WHO })
    return `Hello, ${field(user_name, 'name')}!`
  }),

  tool('sampling', "Asks the client's model", async (call) => {
    const { capital_question } = await call.ask({
      capital_question: sample('What is the capital of France?'),
    })
    return `The model said: ${JSON.stringify(capital_question?.content)}`
  }),

  tool('list_roots', 'Asks for the roots', async (call) => {
    const { client_roots } = await call.ask({ client_roots: listRoots })
    return `The client's roots: ${JSON.stringify(client_roots?.roots)}`
  }),

  tool('request_state', 'Asks for a confirmation and keeps state', async (call) => {
    await call.ask({ confirm: CONFIRM })
    return 'state-ok'
  }),

  tool('multiple_inputs', 'Asks three things at once', async (call) => {
    const { user_name } = await call.ask({
      user_name: WHO,
      greeting: sample('Generate a greeting', 50),
      client_roots: listRoots,
    })
    return `Everything was answered, ${field(user_name, 'name')}.`
  }),

  tool('multi_round', 'Asks two things, one after the other', async (call) => {
    const { step1 } = await call.ask({ step1: form('Step 1: What is your name?', { name: STRING }) })
    const { step2 } = await call.ask({
      step2: form('Step 2: What is your favorite color?', { color: STRING }),
    })
    return `${field(step1, 'name')} likes ${field(step2, 'color')}.`
  }),

  tool('tampered_state', 'Asks for a confirmation; its state must come back as it was', async (call) => {
    await call.ask({ confirm: CONFIRM })
    return 'The state came back as it was.'
  }),

  tool('capabilities', 'Asks in whichever way the client can be asked', async (call) => {
    try {
      const { user } = await call.ask({ user: WHO })
      return `The user is ${field(user, 'name')}.`
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== ERRORS.MISSING_CAPABILITY.code) throw error
      const { model } = await call.ask({ model: sample('Who are you?') })
      return `The model said: ${JSON.stringify(model?.content)}`
    }
  }),
]
