/** gateway/llm: a server that is part of the gateway, and offers language models wherever they run. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD, NOTIFICATION, type RequestMeta, type Result } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall, ResidentServer } from '../call.ts'
import { answer } from './answer.ts'
import type { Listener, Models } from './attempt.ts'
import { answerText, textOf } from './chunks.ts'
import { LLM_DESCRIPTOR, VERBS } from './descriptor.ts'
import { listModels } from './list.ts'
import { type Fields, fieldsOf, invalid, readRequest, type Task } from './request.ts'
import { respond } from './responses/respond.ts'

const TASKS: Readonly<Record<string, Task>> = {
  [VERBS.chat]: 'chat',
  [VERBS.complete]: 'complete',
  [VERBS.embed]: 'embed',
}

export function createLlmService(models: Models): ResidentServer {
  return {
    descriptor: LLM_DESCRIPTOR,
    async answer(call, { name }, trace) {
      if (call.method === METHOD.callTool) return chatTool(models, call, trace)
      const { arguments: given } = call.params
      const task = TASKS[name]
      if (task) {
        const request = readRequest(task, fieldsOf(task, given))
        return complete(await answer(models, call, trace, request, chunksTo(call)))
      }
      if (name === VERBS.models) return complete(await listModels(models, call, trace))
      if (name === VERBS.respond) return complete(await respond(models, call, trace, bodyOf(given)))
      throw new RpcError('METHOD_NOT_FOUND', `There is no method "${call.method.slice(0, 100)}".`)
    },
  }
}

/** Tells a caller each piece as a notification of its request. */
const chunksTo = (call: ConsentedCall): Listener => ({
  chunk: (chunk) => call.notify(NOTIFICATION.llmChunk, { chunk }),
  queued: (position) => call.notify(NOTIFICATION.llmChunk, { queued: { position } }),
})

/** The tool of MCP clients: its pieces are progress, for who asked for that. */
async function chatTool(models: Models, call: ConsentedCall, trace: CallTrace): Promise<Result> {
  const args = isRecord(call.params.arguments) ? call.params.arguments : {}
  const { prompt, system, schema, messages, ...options } = args
  const conversation = conversationOf(prompt, messages, system)
  const { progressToken } = (isRecord(call.params._meta) ? call.params._meta : {}) as RequestMeta
  let progress = 0
  const tell = (message: string) => {
    if (progressToken !== undefined)
      call.notify(NOTIFICATION.progress, { progressToken, progress: ++progress, message })
  }
  const request = readRequest('chat', {
    ...options,
    messages: conversation,
    stream: progressToken !== undefined,
    ...(schema === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
  })
  const whole = await answer(models, call, trace, request, {
    chunk: ({ choices }) => {
      const [choice] = choices as { delta: Fields }[]
      const text = choice ? textOf({ delta: choice.delta }) : ''
      if (text !== '') tell(text)
    },
    queued: (position) => tell(`Waits for ${position} before it.`),
  })
  return { resultType: 'complete', content: [{ type: 'text', text: answerText(whole) }] }
}

function conversationOf(prompt: unknown, messages: unknown, system: unknown): unknown {
  if ((prompt === undefined) === (messages === undefined))
    throw invalid('prompt', 'llm_chat needs "prompt" or "messages", one of the two')
  const said = messages ?? [{ role: 'user', content: prompt }]
  return system === undefined || !Array.isArray(said) ? said : [{ role: 'system', content: system }, ...said]
}

function bodyOf(given: unknown): Fields {
  const body = Array.isArray(given) ? given[0] : given
  if (isRecord(body)) return body
  throw invalid('body', 'the body must be an object')
}

const complete = (value: Fields): Result => ({ resultType: 'complete', value })
