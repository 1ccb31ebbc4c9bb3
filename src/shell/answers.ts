/** How luca answers what a server asks before it goes on: by asking the person at the terminal, if there is one. */
import { createInterface } from 'node:readline'
import type { Answerer } from '../client/ask.ts'
import type { InputRequest } from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'
import type { Io } from './command.ts'
import { fillForm, formOf, needsNothing } from './forms.ts'
import { visible, writeLine } from './output.ts'
import { Refusal } from './refusal.ts'

/** Puts a question to a person; gives the line that was typed, undefined where the input ended. */
export type Prompter = (question: string) => Promise<string | undefined>

export interface AnswererOptions {
  /** Agrees to what needs no more than a yes, without asking. */
  yes: boolean
  /** Asks where `io` itself is not to be read; by default its stdin is, if it is a terminal. */
  ask?: Prompter
}

export function answererFor(io: Io, { yes, ask = terminalPrompter(io) }: AnswererOptions): Answerer {
  return async (requests) => {
    const answers: Record<string, Record<string, unknown>> = {}
    for (const [key, request] of Object.entries(requests)) answers[key] = await answer(request, io, yes, ask)
    return answers
  }
}

/** Throws a Refusal that says how to agree; for where nobody can be asked. */
export const nobodyToAsk =
  (where: string): Prompter =>
  async () => {
    throw new Refusal('denied', `This call needs your consent, and ${where}; give it with --yes.`)
  }

function terminalPrompter(io: Io): Prompter {
  if (!(io.stdin as { isTTY?: boolean }).isTTY || !io.stderr.isTTY)
    return nobodyToAsk('there is no terminal to ask at')
  return (question) =>
    new Promise((resolve) => {
      const lines = createInterface({ input: io.stdin, output: io.stderr })
      lines.once('SIGINT', () => {
        lines.close()
        process.kill(process.pid, 'SIGINT')
      })
      lines.once('close', () => resolve(undefined))
      lines.question(question, (typed) => {
        resolve(typed)
        lines.close()
      })
    })
}

async function answer(
  request: InputRequest,
  io: Io,
  yes: boolean,
  ask: Prompter,
): Promise<Record<string, unknown>> {
  if (request.method !== 'elicitation/create')
    throw new Refusal('failed', `The server asks for ${visible(request.method)}, which luca can't give.`)
  const { message, requestedSchema } = request.params
  const form = formOf(isRecord(requestedSchema) ? requestedSchema : {})
  if (yes && needsNothing(form)) return { action: 'accept', content: {} }
  writeLine(io.stderr, visible(message))
  const typed = await ask('Go on? [y/N] ')
  if (typed === undefined || !/^y(es)?$/i.test(typed.trim())) return { action: 'decline' }
  if (needsNothing(form)) return { action: 'accept', content: {} }
  const content = await fillForm(form, ask)
  return content ? { action: 'accept', content } : { action: 'cancel' }
}
