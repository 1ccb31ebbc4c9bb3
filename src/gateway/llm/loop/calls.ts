/** The calls that a model asks for in one round: made as its caller's, those that only read side by side, the others one after another. */

import type { LoopStep } from '../../../contracts/tool-loop.ts'
import { suggestName } from '../../../host/suggest.ts'
import { Cancellation } from '../../../protocol/cancellation.ts'
import { RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import type { Result, Tool } from '../../../protocol/mcp.ts'
import { OWN_TOOLS } from '../../../protocol/names.ts'
import { canonicalJson, textIn } from '../../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../../call/call.ts'
import type { JsonObject } from '../request.ts'
import { argumentsProblem, readArguments } from './arguments.ts'
import { Fence, untrustedSource } from './fence.ts'
import type { ToolHost } from './host.ts'
import { beginningOf, cutNote, resultText } from './result-text.ts'

/** So many calls of one round are made; a model that asks for more is told so. */
const MOST_AT_ONCE = 16
/** So many tools are named that a search for them finds. */
const MOST_FOUND = 8
/** How often the same call is asked for before the loop ends. */
const MOST_REPEATED = 3

/** A call as a model asked for it. */
export interface AskedCall {
  id: string
  name: string
  /** As the model wrote them. */
  arguments: string
}

export interface CallsOptions {
  host: ToolHost
  call: ConsentedCall
  trace: CallTrace
  tools: readonly Tool[]
  /** Names of tools that showed what others wrote, before this request. */
  read: readonly string[]
  /** How long, in tokens by our estimate, each of so many results may be. */
  room(results: number): number
  /** How long a call may still take, in milliseconds. */
  msLeft(): number
  tell(step: LoopStep): unknown
}

/** What a call gave, for the model. */
interface Outcome {
  text: string
  isError: boolean
  source?: string | undefined
}

export class ToolCalls {
  /** Names of tools that a search of the model found, to be shown to it. */
  readonly found: string[] = []
  /** Whether a model has asked for the same call too often. */
  isStuck = false
  readonly #options: CallsOptions
  readonly #byName: ReadonlyMap<string, Tool>
  readonly #read: Set<string>
  readonly #fence = new Fence()
  /** How often each call was asked for. */
  readonly #asked = new Map<string, number>()

  constructor(options: CallsOptions) {
    this.#options = options
    this.#byName = new Map(options.tools.map((tool) => [tool.name, tool]))
    this.#read = new Set(options.read)
  }

  /** Names of tools that showed what others wrote. */
  get read(): string[] {
    return [...this.#read]
  }

  /** Makes the calls of one round; gives the messages with their results, in the order in which they were asked for. */
  async make(asked: readonly AskedCall[]): Promise<JsonObject[]> {
    const { tell, call } = this.#options
    const room = this.#options.room(asked.length)
    for (const one of asked) tell({ kind: 'call', ...one })
    const results: Promise<JsonObject>[] = []
    let changing: Promise<unknown> = Promise.resolve()
    for (const [n, one] of asked.entries()) {
      const reads = isReading(this.#byName.get(one.name))
      // What changes something waits for all before it, and all after it wait for that.
      const before = reads ? changing : Promise.all(results)
      const result = before.then(async () => this.#messageOf(one, await this.#outcomeOf(one, n), room))
      if (!reads) changing = result
      results.push(result)
    }
    const settled = await Promise.allSettled(results)
    call.signal.throwIfAborted()
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  }

  async #outcomeOf({ id, name, arguments: written }: AskedCall, nth: number): Promise<Outcome> {
    if (nth >= MOST_AT_ONCE) return failed(`Not done: at most ${MOST_AT_ONCE} tools are called at once.`)
    const args = readArguments(written)
    const again = this.#repeated(name, 'value' in args ? canonicalJson(args.value) : written)
    if (again !== undefined) return failed(again)
    if ('problem' in args) return failed(args.problem)
    if (name === OWN_TOOLS.search) return this.#search(textIn(args.value.query) ?? '')
    const tool = this.#byName.get(name)
    if (!tool) return failed(this.#unknown(name))
    const problem = argumentsProblem(args.value, tool.inputSchema)
    if (problem !== undefined) return failed(`${name} was not called: ${problem}`)
    return this.#call(id, tool, args.value)
  }

  /** What a model is told that asks for the same again; undefined where it does not. */
  #repeated(name: string, args: string): string | undefined {
    const key = `${name} ${args}`
    const times = (this.#asked.get(key) ?? 0) + 1
    this.#asked.set(key, times)
    if (times === 1) return undefined
    if (times >= MOST_REPEATED) this.isStuck = true
    return 'Not done: you have made this very call before, and its result is above. Use that, or do something else.'
  }

  /** The tool of a call, by what that is known by. */
  #toolOf(key: string): Tool | undefined {
    return this.#byName.get(key.slice(0, key.indexOf(' ')))
  }

  #unknown(name: string): string {
    const names = [...this.#byName.keys()]
    // Models leave the name of the server away.
    const meant = names.find((one) => one.endsWith(`_${name}`)) ?? suggestName(name, names)
    const hint =
      meant === undefined ? `${OWN_TOOLS.search} finds those there are.` : `Did you mean "${meant}"?`
    return `There is no tool "${name.slice(0, 100)}". ${hint}`
  }

  #search(query: string): Outcome {
    const { host, call } = this.#options
    if (query.trim() === '') return failed(`${OWN_TOOLS.search} needs "query", a few words.`)
    const found = host
      .find(call, query)
      .filter(({ name }) => this.#byName.has(name))
      .slice(0, MOST_FOUND)
    if (found.length === 0) return failed('No tool fits these words; try others, or do without.')
    this.found.push(...found.map(({ name }) => name))
    const lines = found.map(
      ({ name, description }) => `${name}: ${description.split('\n', 1)[0]?.slice(0, 200)}`,
    )
    return { text: `You can call these now:\n${lines.join('\n')}`, isError: false }
  }

  async #call(id: string, tool: Tool, args: Record<string, unknown>): Promise<Outcome> {
    const { host, call, trace, tell } = this.#options
    const cancellation = new Cancellation()
    const stop = this.#endInTime(cancellation, tool.name)
    let result: Result
    try {
      result = await host.call(call, trace, {
        name: tool.name,
        arguments: args,
        cancellation,
        read: this.read,
        onWaiting: () => void tell({ kind: 'asks', id }),
      })
    } catch (error) {
      call.signal.throwIfAborted()
      // Once its caller may do nothing any longer, the model is not told that but stopped.
      call.checkAgain()
      return failed(toRpcError(cancellation.aborted ? cancellation.reason : error).message)
    } finally {
      stop()
    }
    // What was read before a change may be other than it was.
    if (!isReading(tool))
      for (const key of this.#asked.keys()) if (isReading(this.#toolOf(key))) this.#asked.delete(key)
    const source = untrustedSource(result)
    if (source !== undefined) this.#read.add(tool.name)
    return { text: resultText(result), isError: result.isError === true, source }
  }

  /** Ends a call with its caller's, and when the loop has no more time. */
  #endInTime(cancellation: Cancellation, name: string): () => void {
    const { call, msLeft } = this.#options
    const onAbort = () => cancellation.abort(call.signal.reason)
    call.signal.addEventListener('abort', onAbort, { once: true })
    if (call.signal.aborted) onAbort()
    let timer: NodeJS.Timeout
    const look = () => {
      const left = msLeft()
      // It is later by as long as a person was waited for.
      if (left > 0) timer = setTimeout(look, left)
      else cancellation.abort(tooSlow(name))
    }
    look()
    return () => {
      clearTimeout(timer)
      call.signal.removeEventListener('abort', onAbort)
    }
  }

  #messageOf({ id, name }: AskedCall, { text, isError, source }: Outcome, room: number): JsonObject {
    const shown = beginningOf(text, room)
    const isCut = shown.length < text.length
    const note = isCut ? cutNote(shown.length, text.length, this.#byName.get(name)) : ''
    const untrusted = source === undefined ? {} : { untrusted: source }
    this.#options.tell({
      kind: 'result',
      id,
      isError,
      isCut,
      text: isCut ? `${shown}\n${note}` : shown,
      ...untrusted,
    })
    const fenced = source === undefined ? shown : this.#fence.around(shown, source, name)
    const nothing = isError ? 'It failed, and does not say why.' : 'Done; there is nothing to show.'
    const content = [isError && 'Error:', fenced || nothing, note]
      .filter((part) => typeof part === 'string' && part !== '')
      .join('\n')
    return { role: 'tool', tool_call_id: id, content }
  }
}

const isReading = (tool: Tool | undefined): boolean => tool?.annotations?.readOnlyHint === true

const failed = (text: string): Outcome => ({ text, isError: true })

const tooSlow = (name: string): RpcError =>
  new RpcError(
    'INTERNAL',
    `${name} was stopped: it took longer than there was time for this question (loop.seconds).`,
    {
      data: { limit: 'loop.seconds' },
    },
  )
