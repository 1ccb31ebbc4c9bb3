/** gateway/llm: a server that is part of the gateway, and offers language models wherever they run. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { ConsentedCall, ResidentServer } from '../call/call.ts'
import { answer } from './answer.ts'
import type { Listener, Models } from './attempt.ts'
import { chatTool } from './chat-tool.ts'
import { countTokens } from './count.ts'
import { LLM_DESCRIPTOR, VERBS } from './descriptor.ts'
import { listModels } from './list.ts'
import { fieldsOf, invalid, type JsonObject, readRequest, type Task } from './request.ts'
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
      if (name === VERBS.count)
        return complete(await countTokens(models, call, trace, readRequest('chat', fieldsOf('chat', given))))
      if (name === VERBS.models) return complete(await listModels(models, call, trace))
      if (name === VERBS.respond) return complete(await respond(models, call, trace, bodyOf(given)))
      throw new RpcError('METHOD_NOT_FOUND', `There is no method "${call.method.slice(0, 100)}".`)
    },
  }
}

/** Gives a caller each chunk as a notification of its request. */
const chunksTo = (call: ConsentedCall): Listener => ({
  chunk: (chunk) => call.notify(NOTIFICATION.llmChunk, { chunk }),
  queued: (position) => call.notify(NOTIFICATION.llmChunk, { queued: { position } }),
})

function bodyOf(given: unknown): JsonObject {
  const body = Array.isArray(given) ? given[0] : given
  if (isRecord(body)) return body
  throw invalid('body', 'the body must be an object')
}

const complete = (value: JsonObject): Result => ({ resultType: 'complete', value })
