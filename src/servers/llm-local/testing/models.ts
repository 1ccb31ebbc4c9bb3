/** The server on a folder of generated models, for tests. */
import { join } from 'node:path'
import type { Connection } from '../../../client/connection.ts'
import { type Harness, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { MODEL_SUFFIX } from '../../../models/folder.ts'
import { type GeneratedModel, generateModel, TEMPLATE } from '../../../models/testing/generate.ts'
import { META, NOTIFICATION } from '../../../protocol/mcp.ts'
import { readDelta, readModelStatus } from '../../../protocol/model-delta.ts'
import { server } from '../server.ts'

export interface Reply {
  content: { text: string }[]
  isError?: boolean
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  structuredContent: any
}

export interface Streamed {
  reply: Reply
  /** The deltas, and what it waited for. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of them
  messages: any[]
}

export interface LlmServer {
  /** The folder of models. */
  folder: string
  state: string
  running: Harness
  add(id: string, model?: GeneratedModel): void
  call(tool: string, args: object, connection?: Connection): Promise<Reply>
  /** Calls for deltas; `onMessage` is given each message as it comes. */
  stream(
    tool: string,
    args: object,
    options?: { signal?: AbortSignal; onMessage?(message: unknown): void; connection?: Connection },
  ): Promise<Streamed>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts the server with models by their ids. */
export async function llmServer(models: Record<string, GeneratedModel> = {}): Promise<LlmServer> {
  const directory = temporaryDirectory()
  const { path: folder } = directory
  const add = (id: string, model: GeneratedModel = {}) =>
    generateModel(join(folder, id + MODEL_SUFFIX), { template: TEMPLATE, ...model })
  for (const [id, model] of Object.entries(models)) add(id, model)
  const state = temporaryDirectory()
  const running = await harness(server, compileValidators(server), {
    env: { LLMBDO_MODELS_DIR: folder },
    directories: { state: state.path },
  })
  return {
    folder,
    state: state.path,
    running,
    add,
    async call(tool, args, connection = running.connection) {
      return (await connection.request('tools/call', { name: tool, arguments: args })) as unknown as Reply
    },
    async stream(tool, args, { signal, onMessage, connection = running.connection } = {}) {
      const messages: unknown[] = []
      const params = { name: tool, arguments: args, _meta: { [META.deltas]: true } }
      const reply = await connection.request('tools/call', params, {
        ...(signal === undefined ? {} : { signal }),
        onNotification: (method, params) => {
          const message = method === NOTIFICATION.delta ? readDelta(params) : readModelStatus(params)
          messages.push(message)
          onMessage?.(message)
        },
      })
      return { reply: reply as unknown as Reply, messages }
    },
    async [Symbol.asyncDispose]() {
      await running.close()
      directory[Symbol.dispose]()
      state[Symbol.dispose]()
    },
  }
}

export const user = (content: string) => [{ role: 'user', content }]
