/** A server with one of everything that the framework's tests need. */
import { setTimeout as delay } from 'node:timers/promises'
import Type from 'typebox'
import {
  defineServer,
  defineTool,
  type ToolContext,
  ToolError,
  type ToolReply,
} from '../../protocol/define.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { InputRequest } from '../../protocol/mcp.ts'
import { compileValidators } from './compile-validators.ts'

const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

/** What the handlers saw, for tests that look behind the answers. */
export interface Seen {
  calls: string[]
  aborted: string[]
  /** How much a flood has told. */
  told: number
  closed: boolean
}

export const question: InputRequest = {
  method: 'elicitation/create',
  params: { message: 'Sure?', requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } } } },
}

const plain = (name: string, handler: (call: ToolContext, seen: Seen) => Promise<ToolReply | string>) =>
  defineTool({
    name,
    title: name,
    description: name,
    capability: 'sample.use',
    input: Type.Object({}),
    annotations,
    handler: (_, call, seen: Seen) => handler(call, seen),
  })

const untilAborted = (call: ToolContext) =>
  new Promise<void>((resolve) => {
    if (call.signal.aborted) resolve()
    else call.signal.addEventListener('abort', () => resolve())
  })

export const sampleServer = () => {
  const seen: Seen = { calls: [], aborted: [], told: 0, closed: false }
  const server = defineServer<Seen>({
    name: 'sample',
    title: 'Sample',
    version: '1.2.3',
    description: 'A server for tests',
    instructions: 'Use it in tests.',
    scope: 'system',
    listChanged: true,
    subscribe: true,
    tools: [
      defineTool({
        name: 'echo',
        title: 'Echo',
        description: 'Gives its text back',
        capability: 'sample.use',
        input: Type.Object({ text: Type.String() }, { additionalProperties: false }),
        output: Type.Object({ text: Type.String() }),
        annotations,
        handler: async ({ text }, _call, seen: Seen) => {
          seen.calls.push(text)
          return { structured: { text } }
        },
      }),
      defineTool({
        name: 'wait',
        title: 'Wait',
        description: 'Waits',
        capability: 'sample.use',
        input: Type.Object({ ms: Type.Number() }),
        annotations,
        handler: async ({ ms }, call) => {
          await delay(ms, undefined, { signal: call.signal })
          return `waited ${ms} ms`
        },
      }),
      defineTool({
        name: 'big',
        title: 'Big',
        description: 'Gives so many bytes',
        capability: 'sample.use',
        input: Type.Object({ bytes: Type.Integer() }),
        annotations,
        handler: async ({ bytes }) => 'x'.repeat(bytes),
      }),
      defineTool({
        name: 'roomy',
        title: 'Roomy',
        description: 'Gives so many bytes beside its answer, once there is room for them',
        capability: 'sample.use',
        input: Type.Object({ bytes: Type.Integer() }),
        annotations,
        handler: async ({ bytes }, call, seen: Seen) => {
          await call.room(bytes)
          seen.calls.push('roomy')
          return { content: [], attached: Buffer.alloc(bytes, bytes) }
        },
      }),
      defineTool({
        name: 'flood',
        title: 'Flood',
        description: 'Tells much, and no faster than it is taken',
        capability: 'sample.flood',
        input: Type.Object({
          messages: Type.Integer(),
          bytes: Type.Integer(),
          hurries: Type.Optional(Type.Boolean()),
        }),
        annotations,
        handler: async ({ messages, bytes, hurries }, call, seen: Seen) => {
          call.signal.addEventListener('abort', () => seen.aborted.push((call.signal.reason as Error).name))
          for (let n = 1; n <= messages && !call.signal.aborted; n++) {
            call.progress(n, messages, 'x'.repeat(bytes))
            seen.told = n
            if (!hurries) await call.drained()
          }
          return 'told'
        },
      }),
      defineTool({
        name: 'answers',
        title: 'Answers',
        description: 'Sends deltas, and no faster than they are taken',
        capability: 'sample.answer',
        input: Type.Object({ deltas: Type.Integer() }),
        annotations,
        handler: async ({ deltas }, call, seen: Seen) => {
          call.signal.addEventListener('abort', () => seen.aborted.push('answers'))
          call.sendModelStatus({ queued: { position: 1 } })
          let length = 0
          for (let n = 1; n <= deltas && !call.signal.aborted; n++) {
            length += call.sendDelta({ delta: { content: `"${n}"`.padEnd(1000) } })
            seen.told = n
            await call.drained()
          }
          return String(length)
        },
      }),
      plain('untilAborted', async (call, seen) => {
        seen.calls.push('untilAborted')
        await untilAborted(call)
        seen.aborted.push((call.signal.reason as Error).name)
        return 'never seen'
      }),
      plain('deaf', () => new Promise(() => {})),
      plain('toolError', async () => {
        throw new ToolError('The disk is full; free some space.')
      }),
      plain('rpcError', async () => {
        throw new RpcError('FORBIDDEN', 'Not for you.', { data: { why: 'test' } })
      }),
      plain('bug', async () => {
        throw new Error('secret path /etc/shadow')
      }),
      plain('syncBug', () => {
        throw new Error('thrown at once')
      }),
      plain('bigint', async () => ({ structured: { n: 1n } })),
      plain('deep', async () => {
        let value: unknown = 1
        for (let i = 0; i < 200; i++) value = [value]
        return { content: [], structured: value }
      }),
      defineTool({
        name: 'liar',
        title: 'Liar',
        description: 'Breaks its own output schema',
        capability: 'sample.use',
        input: Type.Object({}),
        output: Type.Object({ n: Type.Number() }),
        annotations,
        handler: async () => ({ structured: { n: 'no number' } as never }),
      }),
      plain('talkative', async (call) => {
        for (const n of [0, 1, 1, 0.5, 2]) call.progress(n, 2, `at ${n}`)
        call.log('debug', 'a detail')
        call.log('warning', { what: 'a warning' }, 'sample')
        queueMicrotask(() => setImmediate(() => call.progress(3)))
        return 'talked'
      }),
      plain('asksOnce', async (call, seen) => {
        seen.calls.push('asksOnce')
        const { sure } = await call.ask({ sure: question })
        return `answer: ${sure?.action}`
      }),
      plain('asksTwice', async (call) => {
        const { first } = await call.ask({ first: question })
        const { second, third } = await call.ask({ second: question, third: question })
        return [first, second, third].map((answer) => answer?.action).join(' ')
      }),
      plain('asksAtOnce', async (call) => {
        const [{ a }, { b }] = await Promise.all([call.ask({ a: question }), call.ask({ b: question })])
        return `${a?.action} ${b?.action}`
      }),
      defineTool({
        name: 'destroys',
        title: 'Destroys',
        description: 'Destroys something, where it is agreed to',
        capability: 'sample.destroy',
        input: Type.Object({ asks: Type.Optional(Type.Boolean()), swallows: Type.Optional(Type.Boolean()) }),
        annotations: { ...annotations, readOnlyHint: false, destructiveHint: true },
        asksItself: true,
        handler: async ({ asks, swallows }, call, seen: Seen) => {
          const answer = asks ? (await call.ask({ sure: question })).sure?.action : 'not asked'
          try {
            call.consent('destroy "it"', 'v1')
          } catch (error) {
            if (!swallows) throw error
          }
          seen.calls.push('destroyed')
          return `destroyed: ${answer}`
        },
      }),
      plain('swallowsQuestion', async (call) => {
        try {
          await call.ask({ sure: question })
        } catch {}
        return 'went on'
      }),
      plain('asksModel', async (call) => {
        const { reply } = await call.ask({
          reply: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } },
        })
        return JSON.stringify(reply)
      }),
      plain('asksRoots', async (call) => {
        const { roots } = await call.ask({ roots: { method: 'roots/list' } })
        return JSON.stringify(roots)
      }),
      plain('changes', async (call) => {
        call.changed.tools()
        call.changed.prompts()
        call.changed.resources()
        call.changed.resource('sample://one')
        call.changed.resource('sample://other')
        return 'changed'
      }),
    ],
    prompts: [
      {
        name: 'greet',
        description: 'Greets',
        capability: 'sample.use',
        arguments: [{ name: 'who', required: true }, { name: 'how' }],
        complete: async (argument, value) =>
          Array.from({ length: 150 }, (_, i) => `${argument}${i}`).filter((word) => word.startsWith(value)),
        handler: async ({ who, how = 'Hello' }) => ({
          description: 'A greeting',
          messages: [{ role: 'user', content: { type: 'text', text: `${how}, ${who}` } }],
        }),
      },
      {
        name: 'asking',
        description: 'Asks first',
        capability: 'sample.use',
        handler: async (_, call) => {
          const { sure } = await call.ask({ sure: question })
          return { messages: [{ role: 'user', content: { type: 'text', text: String(sure?.action) } }] }
        },
      },
    ],
    resources: [
      {
        uri: 'sample://one',
        name: 'one',
        capability: 'sample.use',
        cache: { ttlMs: 5000, cacheScope: 'public' },
        read: async (uri) => [{ uri, text: 'one' }],
      },
      {
        uri: 'sample://items/{id}',
        name: 'items',
        capability: 'sample.use',
        complete: async (_, value) => ['red', 'green'].filter((word) => word.startsWith(value)),
        read: async (uri, { id }, call) => {
          if (id === 'refused') throw new ToolError('That item is locked; unlock it first.')
          if (id === 'asking') await call.ask({ sure: question })
          return id === 'missing' ? undefined : [{ uri, text: `item ${id}` }]
        },
      },
    ],
    open: async () => seen,
    close: async () => {
      seen.closed = true
    },
  })
  return { server, seen, validators: compileValidators(server) }
}
