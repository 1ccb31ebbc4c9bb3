/**
 * The process that holds one model. It ends with whoever started it; what a bad model file does to it, it does to
 * nobody else. Requests come over the channel of `child_process.fork`.
 */
import {
  type Engine,
  EngineError,
  type EngineMethod,
  type FromEngine,
  type ToEngine,
} from '../../../models/engine.ts'
import { ChatModel, type OnDelta } from './chat-model.ts'
import { EmbeddingModel } from './embedding-model.ts'
import { load } from './load.ts'

let model: ChatModel | EmbeddingModel | undefined
const running = new Map<number, AbortController>()

const send = (message: FromEngine) => process.send?.(message)

async function answer(
  method: EngineMethod,
  request: unknown,
  signal: AbortSignal,
  onDelta: OnDelta,
): Promise<Engine[EngineMethod]['answer']> {
  switch (method) {
    case 'load': {
      const opened = await load(request as Engine['load']['request'])
      model = opened.model
      return opened.loaded
    }
    case 'chat':
      return writing().chat(request as Engine['chat']['request'], signal, onDelta)
    case 'complete':
      return writing().complete(request as Engine['complete']['request'], signal, onDelta)
    case 'embed':
      return embedding().embed((request as Engine['embed']['request']).input, signal)
    case 'count': {
      const wanted = request as Engine['count']['request']
      return model instanceof EmbeddingModel ? model.count(wanted.text ?? '') : writing().count(wanted)
    }
  }
}

function writing(): ChatModel {
  if (model instanceof ChatModel) return model
  throw new EngineError('invalid_request', 'This model gives embeddings; it does not write.')
}

function embedding(): EmbeddingModel {
  if (model instanceof EmbeddingModel) return model
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
    const result = await answer(method, request, controller.signal, (delta) => send({ id, delta }))
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
