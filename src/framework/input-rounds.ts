/**
 * Asking the caller's client in the middle of a call. The call ends with what is wanted and a sealed state;
 * the client calls again with its answers, and the handler runs anew with all answers so far.
 */

import { missingCapability } from '../protocol/client-capabilities.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type {
  ClientCapabilities,
  InputRequest,
  InputRequests,
  InputRequiredResult,
  InputResponses,
} from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'
import type { StateOwner, StateSeal } from './request-state.ts'

/** Unwinds a handler whose question has no answer yet. Not an error: the call ends with `input_required`. */
export class InputRequired extends Error {
  override readonly name = 'InputRequired'
  constructor() {
    super('The call continues once the client has answered.')
  }
}

export interface RoundParams {
  inputResponses?: unknown
  requestState?: unknown
}

export class InputRounds {
  readonly #capabilities: ClientCapabilities
  readonly #seal: StateSeal
  readonly #owner: StateOwner
  /** Answers from earlier rounds, and those of this one that were asked for. */
  readonly #kept: Map<string, Record<string, unknown>>
  readonly #given: Map<string, Record<string, unknown>>
  readonly #wanted = new Map<string, InputRequest>()

  /** Throws INVALID_PARAMS for malformed answers and for a state that does not open. */
  constructor(params: RoundParams, capabilities: ClientCapabilities, seal: StateSeal, owner: StateOwner) {
    this.#capabilities = capabilities
    this.#seal = seal
    this.#owner = owner
    this.#given = new Map(Object.entries(readResponses(params.inputResponses)))
    this.#kept = new Map(
      params.requestState === undefined ? [] : Object.entries(seal.open(params.requestState, owner)),
    )
  }

  /** The answers, or throws: InputRequired where some are missing, MISSING_CAPABILITY, INVALID_PARAMS. */
  ask(requests: InputRequests): InputResponses {
    const entries = Object.entries(requests)
    const unanswered = entries.filter(([key, request]) => !this.#hasAnswer(key, request))
    for (const [, request] of unanswered) {
      const requiredCapabilities = missingCapability(request, this.#capabilities)
      if (requiredCapabilities)
        throw new RpcError(
          'MISSING_CAPABILITY',
          `This call needs to ask its client (${request.method}), which the client did not declare it can be.`,
          { data: { requiredCapabilities } },
        )
    }
    for (const [key, request] of unanswered) this.#wanted.set(key, request)
    if (unanswered.length > 0) throw new InputRequired()
    return Object.fromEntries(entries.map(([key]) => [key, this.#kept.get(key) ?? {}]))
  }

  /** How the call ends if a question is open, or undefined if none is. */
  get result(): InputRequiredResult | undefined {
    if (this.#wanted.size === 0) return undefined
    return {
      resultType: 'input_required',
      inputRequests: Object.fromEntries(this.#wanted),
      requestState: this.state,
    }
  }

  /** The answers so far, sealed. */
  get state(): string {
    return this.#seal.seal(Object.fromEntries(this.#kept), this.#owner)
  }

  #hasAnswer(key: string, request: InputRequest): boolean {
    if (this.#kept.has(key)) return true
    const answer = this.#given.get(key)
    if (answer === undefined) return false
    checkAnswer(key, request, answer)
    this.#kept.set(key, answer)
    return true
  }
}

function readResponses(value: unknown): InputResponses {
  if (value === undefined) return {}
  if (!isRecord(value) || !Object.values(value).every(isRecord))
    throw new RpcError(
      'INVALID_PARAMS',
      'inputResponses must be an object that holds an object for each key.',
    )
  return value as InputResponses
}

const ACTIONS = ['accept', 'decline', 'cancel']

function checkAnswer(key: string, request: InputRequest, answer: Record<string, unknown>): void {
  const problem = answerProblem(request.method, answer)
  if (problem !== undefined)
    throw new RpcError(
      'INVALID_PARAMS',
      `inputResponses["${key}"] does not answer ${request.method}: ${problem}.`,
    )
}

function answerProblem(method: InputRequest['method'], answer: Record<string, unknown>): string | undefined {
  switch (method) {
    case 'elicitation/create':
      if (typeof answer.action !== 'string' || !ACTIONS.includes(answer.action))
        return `action must be one of ${ACTIONS.join(', ')}`
      if (answer.content !== undefined && !isRecord(answer.content)) return 'content must be an object'
      return undefined
    case 'sampling/createMessage':
      if (answer.role !== 'assistant' && answer.role !== 'user') return 'role must be "assistant" or "user"'
      if (!isRecord(answer.content) && !Array.isArray(answer.content)) return 'content is missing'
      return undefined
    case 'roots/list':
      return Array.isArray(answer.roots) && answer.roots.every(isRecord)
        ? undefined
        : 'roots must be an array of objects'
  }
}
