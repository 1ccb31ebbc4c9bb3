/** Calls of tools, methods and the root helper, with the questions that servers ask about them. */
import { connect } from '../../client/connect.ts'
import { defaultsOf, formOf, needsNothing } from '../../command/forms.ts'
import type { GatewayLink } from '../../command/link.ts'
import { PRODUCT } from '../../command/version.ts'
import { ADMIN_SOCKET } from '../../contracts/admin-helper.ts'
import {
  type CallToolResult,
  type InputRequest,
  type InputRequests,
  type InputResponses,
  METHOD,
  NOTIFICATION,
} from '../../protocol/mcp.ts'
import { isRecord, put } from '../../protocol/values.ts'
import { toolResultIn } from '../model/answers.ts'
import type { ConsentBy } from '../model/effects.ts'

export interface CallsOptions {
  /** The connection to the gateway. Throws where there is none. */
  connected(): Promise<GatewayLink>
  /** The root helper's socket. */
  helper: string | undefined
  /** Asks the person. Rejects with the reason of the signal. */
  ask(request: InputRequest, signal?: AbortSignal): Promise<Record<string, unknown>>
}

export interface ToolCall {
  name: string
  arguments: Record<string, unknown>
  consent: ConsentBy
}

export class Calls {
  readonly #options: CallsOptions
  /** Questions are asked one after the other. */
  #asking: Promise<unknown> = Promise.resolve()

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /** The connection, with the person or their own act to answer what servers ask. */
  async link(consent: ConsentBy): Promise<GatewayLink> {
    const link = await this.#options.connected()
    return link.answering((requests) => this.#answer(requests, consent))
  }

  /** Calls a tool. Rejects with the gateway's error, or once aborted. */
  async tool(
    { name, arguments: given, consent }: ToolCall,
    signal: AbortSignal,
    onProgress: (text: string) => void,
  ): Promise<CallToolResult> {
    const link = await this.link(consent)
    const params = { name, arguments: given, _meta: { progressToken: 1 } }
    const result = await link.request(METHOD.callTool, params, {
      signal,
      onNotification: (method, { message, progress }) => {
        if (method === NOTIFICATION.progress)
          onProgress(
            typeof message === 'string' ? message : typeof progress === 'number' ? `${progress}` : '',
          )
      },
    })
    return resultOf(name, result)
  }

  /** Asks the root helper. Rejects where there is none, and with its error. */
  async helper(verb: string, params: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const path = this.#options.helper || ADMIN_SOCKET
    const connection = await connect(path, { clientInfo: PRODUCT }).catch((cause: unknown) => {
      throw new Error('This needs the root helper, which is part of the image.', { cause })
    })
    try {
      return await connection.request(verb, params, { signal })
    } finally {
      connection.close()
    }
  }

  /** Asks the person, once they have answered what they were asked before. Rejects with the reason of the signal. */
  ask(request: InputRequest, signal?: AbortSignal): Promise<Record<string, unknown>> {
    const asked = this.#asking.then(() => {
      signal?.throwIfAborted()
      return this.#options.ask(request, signal)
    })
    this.#asking = asked.catch(() => undefined)
    return asked
  }

  async #answer(requests: InputRequests, consent: ConsentBy): Promise<InputResponses> {
    const answers: InputResponses = {}
    if (!isRecord(requests)) throw new Error(NOT_ASKED)
    for (const [key, request] of Object.entries(requests)) {
      if (!isRecord(request) || typeof request.method !== 'string') throw new Error(NOT_ASKED)
      if (request.method !== 'elicitation/create')
        throw new Error(`The server asks for ${request.method}, which luca can't give.`)
      if (!isRecord(request.params)) throw new Error(NOT_ASKED)
      const schema = request.params.requestedSchema
      const form = formOf(isRecord(schema) ? schema : {})
      if (consent === 'given' && needsNothing(form)) {
        put(answers, key, { action: 'accept', content: defaultsOf(form) })
        continue
      }
      put(answers, key, await this.ask(request))
    }
    return answers
  }
}

const NOT_ASKED = 'The server asks for something, and does not say what.'

/** A tool's result. Throws where it is none. */
export function resultOf(name: string, value: unknown): CallToolResult {
  const result = toolResultIn(value)
  if (result) return result
  throw new Error(`What ${name} gave can't be understood.`)
}
