/** Two servers that call others while they work on a call, and each other. */
import { setTimeout as delay } from 'node:timers/promises'
import Type from 'typebox'
import { CallError, defineServer, ToolError } from '../../src/protocol/define.ts'
import { jsonTools } from '../support/json-tools.ts'

const Args = Type.Record(Type.String(), Type.Unknown())
const Call = Type.Object({ name: Type.String(), args: Type.Optional(Args) })

/** How one call ended, for a test to read. */
async function outcome(work: Promise<unknown>): Promise<object> {
  try {
    return { gave: await work }
  } catch (error) {
    if (error instanceof CallError) return { failed: error.message, code: error.code, data: error.data }
    if (error instanceof ToolError) return { failed: error.message, kind: 'tool' }
    return { failed: (error as Error).message, kind: (error as Error).name }
  }
}

const tool = jsonTools({
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
})

/** What ran, and how often: nothing may run twice. */
let runs = 0

/** How calls ended that their handler did not wait for, by the text that it was given. */
const left = new Map<string, object>()

const toolsOf = (capability: `${string}.${string}`, other: string) => [
  tool(capability, 'call', Call, ({ name, args }, call) => outcome(call.gateway.callTool(name, args))),
  tool(capability, 'pass_on', Call, ({ name, args }, call) => call.gateway.callTool(name, args)),
  tool(capability, 'each', Type.Object({ calls: Type.Array(Call) }), ({ calls }, call) =>
    Promise.all(calls.map(({ name, args }) => outcome(call.gateway.callTool(name, args)))),
  ),
  tool(
    capability,
    'delete_each',
    Type.Object({ paths: Type.Array(Type.String()) }),
    async ({ paths }, call) => {
      runs++
      call.progress(runs)
      const deleted = await Promise.all(
        paths.map((path) => outcome(call.gateway.callTool('fs_delete_file', { path }))),
      )
      return { runs, deleted }
    },
  ),
  tool(capability, 'ask', Type.Object({ text: Type.String() }), async ({ text }, call) => {
    const { user } = await call.ask({
      user: {
        method: 'elicitation/create',
        params: {
          message: text,
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        },
      },
    })
    return user
  }),
  tool(capability, 'read', Type.Object({ uri: Type.String() }), ({ uri }, call) =>
    outcome(call.gateway.readResource(uri)),
  ),
  tool(capability, 'chat', Type.Object({ prompt: Type.String() }), async ({ prompt }, call) => {
    const deltas: unknown[] = []
    const answer = call.gateway.chat(
      { messages: [{ role: 'user', content: prompt }] },
      { onDelta: (delta) => deltas.push(delta.content) },
    )
    return { ...(await outcome(answer)), deltas }
  }),
  tool(capability, 'ask_model', Type.Object({ messages: Type.Array(Args), more: Args }), (given, call) => {
    const messages = given.messages.map((message) => ({ role: 'user', ...message }))
    return outcome(call.gateway.chat({ ...given.more, messages }))
  }),
  tool(capability, 'embed', Type.Object({ texts: Type.Array(Type.String()) }), ({ texts }, call) =>
    outcome(call.gateway.embed(texts)),
  ),
  tool(capability, 'many', Type.Object({ count: Type.Integer() }), async ({ count }, call) => {
    for (let made = 0; made < count; made++) {
      const one = await outcome(call.gateway.callTool('time_get_current_time', {}))
      if (!('gave' in one)) return { made, ...one }
    }
    return { made: count }
  }),
  tool(capability, 'loop', Type.Object({}), async (_, call) => {
    const { content } = await call.gateway.callTool(`${other}_loop`)
    return content
  }),
  tool(capability, 'sleep', Type.Object({ ms: Type.Integer() }), async ({ ms }, call) => {
    await delay(ms, undefined, { signal: call.signal })
    return 'slept'
  }),
  tool(
    capability,
    'leave',
    Type.Object({ key: Type.String(), name: Type.String(), args: Type.Optional(Args) }),
    async ({ key, name, args }, call) => {
      void outcome(call.gateway.callTool(name, args)).then((ended) => left.set(key, ended))
      return 'left'
    },
  ),
  tool(capability, 'tell', Type.Object({ key: Type.String() }), async ({ key }, call) => {
    left.set(key, { runs: true })
    await delay(60_000, undefined, { signal: call.signal })
  }),
  tool(capability, 'left', Type.Object({ key: Type.String() }), async ({ key }) => left.get(key) ?? null),
]

const common = { version: '1.0.0', scope: 'user', open: async () => {} } as const

export const agent = defineServer<void>({
  ...common,
  name: 'agent',
  title: 'Agent',
  description: 'Calls others',
  calls: ['time.read', 'fs.*', 'helper.use', 'agent.use', 'llm.embed', 'llm.chat'],
  tools: toolsOf('agent.use', 'helper'),
})

export const helper = defineServer<void>({
  ...common,
  name: 'helper',
  title: 'Helper',
  description: 'Is called, and calls back',
  calls: ['agent.use', 'helper.use'],
  tools: toolsOf('helper.use', 'agent'),
})
