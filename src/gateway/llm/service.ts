/** gateway/llm: a server that is part of the gateway, and offers language models wherever they run. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall, ResidentServer } from '../call/call.ts'
import { answer } from './answer.ts'
import type { Answer, Listener, Models } from './attempt.ts'
import { chatTool } from './chat-tool.ts'
import { countTokens } from './count.ts'
import { LLM_DESCRIPTOR, VERBS } from './descriptor.ts'
import { listModels } from './list.ts'
import { answerWithTools, type Loops } from './loop/loop.ts'
import { wantsTools } from './loop/wanted.ts'
import { fieldsOf, invalid, type JsonObject, type ModelRequest, readRequest, type Task } from './request.ts'
import { respond } from './responses/respond.ts'

const TASKS: Readonly<Record<string, Task>> = {
  [VERBS.chat]: 'chat',
  [VERBS.complete]: 'complete',
  [VERBS.embed]: 'embed',
}

export function createLlmService(models: Models, loops: Loops): ResidentServer {
  const ask = (
    call: ConsentedCall,
    trace: CallTrace,
    request: ModelRequest,
    listener: Listener,
  ): Promise<Answer> =>
    wantsTools(request, models.aliases())
      ? answerWithTools(models, loops, call, trace, request, listener)
      : answer(models, call, trace, request, listener)

  return {
    descriptor: LLM_DESCRIPTOR,
    async answer(call, { name }, trace) {
      if (call.method === METHOD.callTool) return chatTool(models, call, trace)
      const { arguments: given } = call.params
      const task = TASKS[name]
      if (task) {
        const request = readRequest(task, fieldsOf(task, given))
        return complete(await ask(call, trace, request, chunksTo(call)))
      }
      if (name === VERBS.count)
        return complete(await countTokens(models, call, trace, readRequest('chat', fieldsOf('chat', given))))
      if (name === VERBS.models) return complete(await listModels(models, call, trace))
      if (name === VERBS.respond)
        return complete(
          await respond(call, bodyOf(given), (request, listener) => ask(call, trace, request, listener)),
        )
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
