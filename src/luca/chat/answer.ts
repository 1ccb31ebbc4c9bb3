/** `luca chat QUESTION`: the answer as it comes. */
import { joinAnswer, type Question, sendMessage } from '../../command/chat/send.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { CLEAR_LINE, inLine, patiently, visible, writeJson, writeLine } from '../../command/output.ts'
import { servedPath } from '../../command/served-paths.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import type { LoopStep } from '../../contracts/tool-loop.ts'
import { wholeIn } from '../../protocol/values.ts'
import { type AnswerInfo, lastConversation } from './ask.ts'
import { Consents } from './consent.ts'

/** How much is shown of what a tool is called with, and of why it failed, in characters. */
const SHORT_CHARS = 200

/** Asks what was typed. Throws a CliError where there is no answer. */
export async function answer(text: string, input: Input, context: Context): Promise<Outcome> {
  const question = await questionOf(text, input, context)
  const link = await context.gateway()
  return show(context, question.conversation === undefined, (following) =>
    sendMessage(link, question, following),
  )
}

/** Shows the last answer of a conversation, from its beginning, until it has ended. */
export async function join(conversation: string, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  return show(context, false, (following) => joinAnswer(link, conversation, following))
}

async function questionOf(text: string, input: Input, context: Context): Promise<Question> {
  const [model, level] = [input.text('model'), input.text('level')]
  const hardness = wholeIn(level, 0, 2)
  if (level !== undefined && hardness === undefined) throw new CliError('usage', '--level takes 0, 1 or 2.')
  const named = input.text('conversation')
  if (named !== undefined && input.flag('continue'))
    throw new CliError('usage', 'Either --continue or --conversation.')
  const conversation = named ?? (input.flag('continue') ? await lastConversation(context) : undefined)
  const files = input.list('file').map((path) => servedPath(context.cwd, path))
  return {
    text,
    ...(conversation !== undefined && { conversation }),
    ...(files.length > 0 && { files }),
    ...(model !== undefined && { model }),
    ...(hardness !== undefined && { level: hardness }),
    ...(input.flag('no-tools') && { tools: [] }),
  }
}

type Follow = (following: { signal: AbortSignal; onPart(part: ChatPart): void }) => Promise<AnswerInfo>

async function show(context: Context, isNew: boolean, follow: Follow): Promise<Outcome> {
  const { io, json, signal } = context
  const shown = new Shown(context)
  const heard = Promise.withResolvers<void>()
  const work = follow({
    signal,
    onPart(part) {
      if (json && 'text' in part) return
      if ('text' in part || 'step' in part) heard.resolve()
      // The line that says how long it takes must go before.
      queueMicrotask(() => shown.take(part))
    },
  })
  try {
    await patiently(context, () => 'the model is thinking', Promise.race([heard.promise, work]))
    const told = await work
    await shown.consents.answered
    if (json) writeJson(io, told)
    else {
      if (!shown.hasText && told.text !== '') shown.take({ text: told.text })
      shown.endLine()
      if (isNew && io.stderr.isTTY)
        writeLine(io.stderr, `(conversation ${inLine(told.conversation.slice(0, 8))})`)
    }
    if (told.state === 'whole') return 'ok'
    const ended =
      told.state === 'stopped'
        ? 'The answer was stopped.'
        : `${told.text === '' ? 'There is no answer.' : 'The answer broke off.'} ${visible(told.why ?? '')}`
    writeLine(io.stderr, ended.trim())
    return 'failed'
  } catch (error) {
    shown.endLine()
    throw error
  }
}

/** What of an answer is on the terminal. */
class Shown {
  readonly consents: Consents
  hasText = false
  readonly #context: Context
  readonly #calls = new Map<string, string>()
  /** Whether the cursor is in a line of the answer. */
  #isInLine = false

  constructor(context: Context) {
    this.#context = context
    this.consents = new Consents(context)
  }

  take(part: ChatPart): void {
    const { io, signal } = this.#context
    // Once it was stopped, the terminal is someone else's.
    if (signal.aborted) return
    if ('text' in part) {
      this.hasText = true
      this.#isInLine = !part.text.endsWith('\n')
      io.stdout.write(io.stdout.isTTY ? visible(part.text) : part.text)
    } else if ('waits' in part)
      this.#note(part.waits === 'question' ? 'waits for the answer before it' : 'summarises older messages')
    else if ('step' in part) this.#step(part.step)
  }

  endLine(): void {
    if (this.#isInLine) writeLine(this.#context.io.stdout, '')
    this.#isInLine = false
  }

  #step(step: LoopStep): void {
    if (step.kind === 'call') {
      this.#calls.set(step.id, step.name)
      this.#note(`→ ${step.name} ${shortened(step.arguments)}`)
    } else if (step.kind === 'asks') {
      this.endLine()
      this.consents.ask(this.#calls.get(step.id) ?? '')
    } else if (step.kind === 'result' && step.isError)
      this.#note(`  ${this.#calls.get(step.id) ?? ''} failed: ${shortened(step.text)}`)
    else if (step.kind === 'shortened' && step.turns > 0)
      this.#note(`${step.turns} older messages are left out`)
  }

  #note(text: string): void {
    const { stderr } = this.#context.io
    this.endLine()
    writeLine(stderr, `${stderr.isTTY ? CLEAR_LINE : ''}${inLine(text.toWellFormed())}`)
  }
}

const shortened = (text: string): string =>
  text.length > SHORT_CHARS ? `${text.slice(0, SHORT_CHARS)}…` : text
