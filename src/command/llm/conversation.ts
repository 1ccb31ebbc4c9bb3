/** What was said so far, for a model that is to remember it. */
import type { Message } from './answer.ts'

/** How much is kept, in characters: the oldest turns go first, since a model takes only so much. */
const MAX_CHARACTERS = 200_000

export class Conversation {
  #messages: Message[] = []
  /** Names of tools that showed it what others wrote. */
  #read: ReadonlySet<string> = new Set()

  get read(): readonly string[] {
    return [...this.#read]
  }

  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Keeps a question with its answer, or as much of that as came, and what was read for it. */
  add(question: Message, answer: string, read: readonly string[] = []): void {
    this.#read = new Set([...this.#read, ...read])
    this.#messages.push(question, { role: 'assistant', content: answer })
    while (this.#messages.length > 2 && this.#size > MAX_CHARACTERS) this.#messages.splice(0, 2)
  }

  clear(): void {
    this.#messages = []
    this.#read = new Set()
  }

  get #size(): number {
    return this.#messages.reduce((sum, { content }) => sum + content.length, 0)
  }
}
