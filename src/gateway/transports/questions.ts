/** What the client of a session is asked in the middle of a call, and what it answers. */
import { notification, type Response, RpcError } from '../../protocol/jsonrpc.ts'
import {
  type InputRequest,
  type InputRequests,
  type InputResponses,
  isLogged,
  NOTIFICATION,
} from '../../protocol/mcp.ts'
import type { ClientFacts, Gate, Say } from '../call/call.ts'
import { type Held, textBytes } from '../call/memory.ts'

/** How long a person may take to answer what a tool asked, in milliseconds. */
const ANSWER_WITHIN_MS = 10 * 60_000
/** The same where the call can be allowed elsewhere, so that nothing is lost: within what clients let a call take. */
const CONSENT_WITHIN_MS = 5 * 60_000
/** Of a client that has never answered a question: many say that they can ask, and can't. Most let a call take a minute. */
const FIRST_CONSENT_WITHIN_MS = 45_000

/** A call whose client is asked. */
export interface Asking {
  say: Say
  signal: AbortSignal
  client: ClientFacts
  progressToken: unknown
  /** By which `luca approve` can decide meanwhile; undefined where it can't. */
  ticket: string | undefined
  /** The call that is held for the answers; undefined where it is made anew with them. */
  heldCall: string | undefined
  /** Where answers are counted, until the call has ended. */
  held: Held
}

export class Questions {
  readonly #gate: Gate
  readonly #open = new Map<string, (response: Response) => void>()
  #nextId = 1
  #hasAnswered = false

  constructor(gate: Gate) {
    this.#gate = gate
  }

  /** Takes the client's answer to something it was asked; an answer to nothing is dropped. */
  answered(response: Response): void {
    if (typeof response.id === 'string') this.#open.get(response.id)?.(response)
  }

  /**
   * The answers to all questions of a call; undefined where `luca approve` decided about it before they were there. That a
   * person can't be asked is an answer, the one of who leaves a question open, and so is silence where the call can be allowed
   * elsewhere. Throws RpcError if the client refuses anything else, is silent, or says more than its user has memory for.
   */
  async askAll(requests: InputRequests, asking: Asking): Promise<InputResponses | undefined> {
    const { ticket, heldCall } = asking
    const elsewhere = heldCall ?? ticket
    const taken = new AbortController()
    const signal = AbortSignal.any([asking.signal, taken.signal])
    const answers = Promise.all(
      Object.entries(requests).map(
        async ([key, request]) => [key, await this.#ask(request, asking, signal)] as const,
      ),
    ).then((all) => Object.fromEntries(all))
    if (ticket !== undefined && !this.#hasAnswered) tellHowElse(asking, ticket)
    const { promise: decided, resolve } = Promise.withResolvers<undefined>()
    const stop =
      elsewhere === undefined ? undefined : this.#gate.onDecided(elsewhere, () => resolve(undefined))
    try {
      return await Promise.race([answers, decided])
    } finally {
      stop?.()
      answers.catch(() => {}) // they are no longer needed
      taken.abort(new Error('This was decided elsewhere.'))
    }
  }

  #ask(
    request: InputRequest,
    { say, ticket, heldCall, held }: Asking,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const id = `ask-${this.#nextId++}`
    const isForm = request.method === 'elicitation/create'
    const isAllowedElsewhere = ticket !== undefined || heldCall !== undefined
    const withinMs = !isAllowedElsewhere
      ? ANSWER_WITHIN_MS
      : this.#hasAnswered
        ? CONSENT_WITHIN_MS
        : FIRST_CONSENT_WITHIN_MS
    return new Promise((resolve, reject) => {
      const give = (then: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#open.delete(id)
        then()
      }
      const takeBack = (then: () => void) =>
        give(() => {
          say(
            notification(NOTIFICATION.cancelled, {
              requestId: id,
              reason: 'This needs no answer any longer.',
            }),
          )
          then()
        })
      const onAbort = () => takeBack(() => reject(signal.reason))
      const timer = setTimeout(
        () =>
          takeBack(() =>
            isForm && isAllowedElsewhere
              ? resolve({ action: 'cancel' })
              : reject(
                  new RpcError(
                    'INTERNAL',
                    `The client did not answer ${request.method} within ${withinMs / 60_000} minutes.`,
                  ),
                ),
          ),
        withinMs,
      ).unref()
      signal.addEventListener('abort', onAbort, { once: true })
      this.#open.set(id, (response) =>
        give(() => {
          if (!('error' in response)) {
            if (isForm) this.#hasAnswered = true
            const result = (response.result ?? {}) as Record<string, unknown>
            if (hold(held, result, reject)) resolve(result)
          } else if (isForm) resolve({ action: 'cancel' })
          else
            reject(
              new RpcError('INTERNAL', `The client refused ${request.method}: ${response.error.message}`),
            )
        }),
      )
      say({ jsonrpc: '2.0', id, method: request.method, params: request.params ?? {} })
    })
  }
}

/** Counts an answer as well; tells why where there is no room for it. */
function hold(held: Held, result: object, refuse: (error: unknown) => void): boolean {
  try {
    held.resize(held.bytes + textBytes(JSON.stringify(result)))
    return true
  } catch (error) {
    refuse(error)
    return false
  }
}

/** At once, to whoever may be looking at a client that shows no question. */
function tellHowElse({ say, client, progressToken }: Asking, ticket: string): void {
  const text = `A person is asked for consent through this client. Where no question is seen, "luca approve ${ticket}" on the machine of this tool allows the call; whichever comes first counts.`
  if (typeof progressToken === 'string' || typeof progressToken === 'number')
    say(notification(NOTIFICATION.progress, { progressToken, progress: 0, message: text }))
  else if (client.logLevel !== undefined && isLogged('notice', client.logLevel))
    say(notification(NOTIFICATION.message, { level: 'notice', logger: 'llmbasedos', data: text }))
}
