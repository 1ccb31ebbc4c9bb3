/**
 * The process that holds one model. It ends with whoever started it; what a bad model file does to it, it does to
 * nothing else. Requests come over the channel of `child_process.fork`.
 */
import {
  type Engine,
  EngineError,
  type EngineMethod,
  type FromEngine,
  type ToEngine,
} from '../../../models/engine.ts'
import { ChatModel, type Telling } from './chat-model.ts'
import { EmbeddingModel } from './embedding-model.ts'
import { gpuOf, type LoadedModel, load, openLlama } from './load.ts'

let llama: Awaited<ReturnType<typeof openLlama>> | undefined
let held: LoadedModel | undefined
const running = new Map<number, AbortController>()

const send = (message: FromEngine) => process.send?.(message)

async function answer(
  method: EngineMethod,
  request: unknown,
  signal: AbortSignal,
  telling: Telling,
): Promise<Engine[EngineMethod]['answer']> {
  switch (method) {
    case 'open':
      llama = await openLlama((request as Engine['open']['request']).gpu)
      return { gpu: await gpuOf(llama) }
    case 'load':
      if (llama === undefined) throw new EngineError('invalid_request', 'Open llama.cpp before a model.')
      held = await load(llama, request as Engine['load']['request'])
      return held.loaded
    case 'chat':
      return writing().chat(request as Engine['chat']['request'], signal, telling)
    case 'complete':
      return writing().complete(request as Engine['complete']['request'], signal, telling)
    case 'embed':
      return embedding().embed((request as Engine['embed']['request']).input, signal)
    case 'count': {
      const wanted = request as Engine['count']['request']
      const model = held?.model
      return model instanceof EmbeddingModel ? model.count(wanted.text ?? '') : writing().count(wanted)
    }
    case 'speed':
      if (held === undefined) throw new EngineError('invalid_request', 'Load a model before it is measured.')
      return held.speed((request as Engine['speed']['request']).threads)
  }
}

function writing(): ChatModel {
  if (held?.model instanceof ChatModel) return held.model
  throw new EngineError('invalid_request', 'This model gives embeddings; it does not write.')
}

function embedding(): EmbeddingModel {
  if (held?.model instanceof EmbeddingModel) return held.model
  throw new EngineError('invalid_request', 'This model writes; it gives no embeddings.')
}

process.on('message', async (message: ToEngine) => {
  if ('cancel' in message) {
    running.get(message.cancel)?.abort(new EngineError('invalid_request', 'The request was cancelled.'))
    return
  }
  const { id, method, request } = message
  const controller = new AbortController()
  running.set(id, controller)
  try {
    const result = await answer(method, request, controller.signal, {
      onDelta: (delta) => send({ id, delta }),
      nextWithin: (ms) => send({ id, nextWithinMs: ms ?? null }),
    })
    send({ id, answer: result })
  } catch (error) {
    if (!(error instanceof EngineError)) process.stderr.write(`${(error as Error).stack}\n`)
    const {
      code,
      message: text,
      details,
    } = error instanceof EngineError
      ? error
      : new EngineError('worker_died', 'Something unexpected went wrong in the model; try again.')
    send({ id, error: { code, message: text, details } })
  } finally {
    running.delete(id)
  }
})
process.once('disconnect', () => process.exit())
