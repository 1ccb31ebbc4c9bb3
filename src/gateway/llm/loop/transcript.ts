/**
 * What a model reads in a loop, and how that becomes shorter: results of tools give way to a line each, then old turns to one line for
 * all of them. What was shortened stays so, since a model need not read the beginning anew as long as it stays as it was.
 */
import { isRecord, textIn } from '../../../protocol/values.ts'
import { textBytes } from '../../call/memory.ts'
import { estimatePrompt, lengthWithin } from '../estimate.ts'
import type { JsonObject } from '../request.ts'
import { endOf } from './fence.ts'
import { beginningOf } from './result-text.ts'

/** What is left of a text that is cut since nothing else can be, at least, in tokens by our estimate. */
const LEAST_TEXT = 64

interface Entry {
  message: JsonObject
  /** Whether it was said in this loop, and not before. */
  isNew: boolean
  /** Whether it is one line, in place of a result. */
  isLine: boolean
}

/** What became shorter. */
export interface Shortened {
  results: number
  turns: number
}

export class Transcript {
  readonly #entries: Entry[]
  /** What was said in the loop, with those of it that were left out since. */
  readonly #said: Entry[] = []
  #leftOut = 0
  #bytes = 0

  constructor(messages: readonly JsonObject[]) {
    this.#entries = messages.map((message) => ({ message, isNew: false, isLine: false }))
  }

  /** What the model is sent. */
  get messages(): JsonObject[] {
    const messages = this.#entries.map(({ message }) => message)
    if (this.#leftOut === 0) return messages
    const at = messages.findIndex(({ role }) => !leads(role))
    return messages.map((message, i) => (i === at ? withNote(message, this.#leftOut) : message))
  }

  /** What was said in the loop, as the model had it last. */
  get said(): JsonObject[] {
    return this.#said.map(({ message }) => message)
  }

  /** Names of the tools that were called in the loop. */
  get called(): string[] {
    const calls = this.said.flatMap(({ tool_calls: made }) => (Array.isArray(made) ? made : []))
    const names = calls.map((call) => isRecord(call) && isRecord(call.function) && textIn(call.function.name))
    return [...new Set(names)].filter((name) => typeof name === 'string')
  }

  /** What the messages of the loop take in memory, at most. */
  get bytes(): number {
    return this.#bytes
  }

  add(message: JsonObject): void {
    this.#bytes += textBytes(JSON.stringify(message))
    const entry = { message, isNew: true, isLine: false }
    this.#entries.push(entry)
    this.#said.push(entry)
  }

  /** The person's last questions, the last one first. */
  get questions(): string[] {
    return this.#entries
      .filter(({ message }) => message.role === 'user')
      .map(({ message }) => plainText(message.content))
      .filter((text) => text !== '')
      .reverse()
  }

  /**
   * Makes it shorter by so many tokens of our estimate, or by as much as it can at once. Gives what became shorter; undefined where
   * nothing can.
   */
  shorten(tokens: number): Shortened | undefined {
    const results = this.#dropResults(tokens)
    if (results > 0) return { results, turns: 0 }
    const turns = this.#dropTurns(tokens)
    if (turns > 0) return { results: 0, turns }
    return this.#cutLongest(tokens) ? { results: 0, turns: 0 } : undefined
  }

  /** Results before the last round of calls give way to a line each, the oldest first. */
  #dropResults(tokens: number): number {
    const last = this.#entries.findLastIndex(({ message }) => message.role === 'assistant')
    let saved = 0
    let count = 0
    for (const entry of this.#entries.slice(0, Math.max(0, last))) {
      if (saved >= tokens) break
      const { message } = entry
      if (message.role !== 'tool' || entry.isLine) continue
      const text = plainText(message.content)
      const line = `[This result of ${text.length} characters is left out; call the tool again if you need it.]`
      if (text.length <= line.length) continue
      const shorter = { ...message, content: line }
      saved += costOf(message) - costOf(shorter)
      entry.message = shorter
      entry.isLine = true
      count++
    }
    return count
  }

  /** Turns before the last question are left out, the oldest first; then rounds of calls before the last one. */
  #dropTurns(tokens: number): number {
    let saved = 0
    let count = 0
    while (saved < tokens) {
      const [from, to] = this.#oldestTurn()
      if (to <= from) break
      for (const { message } of this.#entries.splice(from, to - from)) saved += costOf(message)
      count += to - from
    }
    this.#leftOut += count
    return count
  }

  /** Where the oldest turn begins and ends that can be left out. */
  #oldestTurn(): [from: number, to: number] {
    const roles = this.#entries.map(({ message }) => message.role)
    const from = roles.findIndex((role) => !leads(role))
    const question = roles.lastIndexOf('user')
    if (from >= 0 && from < question) {
      // What is left must begin with what a person says.
      const next = roles.indexOf('user', from + 1)
      return [from, next]
    }
    const round = roles.indexOf('assistant', Math.max(0, question))
    const after = round < 0 ? -1 : roles.indexOf('assistant', round + 1)
    return after < 0 ? [0, 0] : [round, after]
  }

  /** Cuts the longest text that there is, since no message can be left out any more. */
  #cutLongest(tokens: number): boolean {
    const [longest] = this.#entries
      .filter(({ message }) => plainText(message.content) !== '')
      .sort((a, b) => costOf(b.message) - costOf(a.message))
    if (!longest) return false
    const text = plainText(longest.message.content)
    const now = costOf(longest.message)
    const wanted = Math.max(LEAST_TEXT, Math.floor(Math.max(now - tokens, now / 2)))
    const content = longest.message.role === 'tool' ? withoutEnd(text, wanted) : withoutMiddle(text, wanted)
    const shorter = { ...longest.message, content }
    if (costOf(shorter) >= now) return false
    longest.message = shorter
    return true
  }
}

/** Whether it says how to answer, and stays whatever is left out. */
const leads = (role: unknown): boolean => role === 'system' || role === 'developer'

/** The text of a message, whatever the form of its content. */
export function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (isRecord(part) ? (textIn(part.text) ?? '') : '')).join('')
}

const costOf = (message: JsonObject): number => estimatePrompt({ messages: [message] })

function withNote(message: JsonObject, count: number): JsonObject {
  const note = `[${count} older ${count === 1 ? 'message is' : 'messages are'} left out.]`
  const { content } = message
  if (Array.isArray(content)) return { ...message, content: [{ type: 'text', text: note }, ...content] }
  return { ...message, content: `${note}\n\n${plainText(content)}` }
}

const TOO_LONG = '[The rest does not fit into what can be read at once.]'

/** Of what others wrote the mark stays that ends it. */
function withoutEnd(text: string, tokens: number): string {
  const end = endOf(text)
  const room = tokens - (TOO_LONG.length + end.length) / 4
  return `${beginningOf(text.slice(0, text.length - end.length), Math.max(1, room))}\n${TOO_LONG}${end}`
}

/** What a person says may be asked at its beginning or at its end. */
function withoutMiddle(text: string, tokens: number): string {
  const half = Math.max(1, Math.floor(tokens / 2) - 10)
  const head = text.slice(0, lengthWithin(text, half))
  const reversed = [...text.slice(-head.length * 4)].reverse().join('')
  const tail = [...reversed.slice(0, lengthWithin(reversed, half))].reverse().join('')
  const left = text.length - head.length - tail.length
  return left <= 0 ? text : `${head}\n[${left} characters are left out here.]\n${tail}`
}
