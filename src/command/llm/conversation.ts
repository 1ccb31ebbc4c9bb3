/** What was said so far, for a model that is to remember it. */
import type { Message } from './answer.ts'

/** How much is kept, in characters: the oldest turns go first, since a model takes only so much. */
const MAX_CHARACTERS = 200_000

export class Conversation {
  #messages: Message[] = []

  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Keeps a question with its answer, or as much of that as came. */
  add(question: Message, answer: string): void {
    this.#messages.push(question, { role: 'assistant', content: answer })
    while (this.#messages.length > 2 && this.#size > MAX_CHARACTERS) this.#messages.splice(0, 2)
  }

  clear(): void {
    this.#messages = []
  }

  get #size(): number {
    return this.#messages.reduce((sum, { content }) => sum + content.length, 0)
  }
}
