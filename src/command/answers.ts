/** How luca answers what a server asks before it goes on: by asking the person at the terminal, if there is one. */
import { createInterface } from 'node:readline'
import type { Answerer } from '../client/ask.ts'
import type { InputRequest } from '../protocol/mcp.ts'
import { isRecord, put } from '../protocol/values.ts'
import { CliError } from './cli-error.ts'
import type { Context, Prompter } from './command.ts'
import { defaultsOf, fillForm, formOf, needsNothing } from './forms.ts'
import type { Io } from './io.ts'
import { MutedOutput } from './muted-output.ts'
import { CLEAR_LINE, visible, writeLine } from './output.ts'

export interface AnswererOptions {
  /** Agrees to what needs no more than a yes, without asking. */
  yes: boolean
  /** Undefined without a person to ask. */
  ask: Prompter | undefined
}

/** The same questions, and whether one of them is without its answer. */
export function watched(ask: Prompter | undefined): Pick<Context, 'ask' | 'isAsking'> {
  let open = 0
  return {
    isAsking: () => open > 0,
    ask:
      ask &&
      (async (question, options) => {
        open++
        try {
          return await ask(question, options)
        } finally {
          open--
        }
      }),
  }
}

/** Its answers throw a CliError without a person to ask. */
export function answererFor(io: Io, { yes, ask }: AnswererOptions): Answerer {
  return async (requests) => {
    const answers: Record<string, Record<string, unknown>> = {}
    for (const [key, request] of Object.entries(requests))
      put(answers, key, await answer(request, io, yes, ask))
    return answers
  }
}

/** Asks at the terminal of stdin; undefined where that is none. */
export function terminalPrompter(io: Io): Prompter | undefined {
  if (!(io.stdin as { isTTY?: boolean }).isTTY || !io.stderr.isTTY) return undefined
  return (question, { unseen = false } = {}) =>
    new Promise((resolve) => {
      const output = new MutedOutput(io.stderr)
      if (unseen) output.write(question)
      output.drawn = unseen
      const lines = createInterface({ input: io.stdin, output, historySize: 0 })
      lines.once('SIGINT', () => {
        lines.close()
        process.kill(process.pid, 'SIGINT')
      })
      let answer: string | undefined
      lines.once('close', () => {
        if (answer === undefined || unseen) writeLine(io.stderr, '')
        resolve(answer)
      })
      lines.question(question, (typed) => {
        answer = typed
        lines.close()
      })
    })
}

async function answer(
  request: InputRequest,
  io: Io,
  yes: boolean,
  ask: Prompter | undefined,
): Promise<Record<string, unknown>> {
  if (request.method !== 'elicitation/create')
    throw new CliError('failed', `The server asks for ${visible(request.method)}, which luca can't give.`)
  const { message, requestedSchema } = request.params
  const form = formOf(isRecord(requestedSchema) ? requestedSchema : {})
  if (yes && needsNothing(form)) return { action: 'accept', content: defaultsOf(form) }
  if (!ask)
    throw new CliError(
      'denied',
      needsNothing(form)
        ? "This call needs your consent, and luca can't ask you here; give it with --yes, or call from a terminal."
        : "This call asks for more than a yes, and luca can't ask you here; call from a terminal.",
    )
  writeLine(io.stderr, `${io.stderr.isTTY ? CLEAR_LINE : ''}${visible(message)}`)
  const typed = await ask('Go on? [y/N] ')
  if (typed === undefined || !/^y(es)?$/i.test(typed.trim())) return { action: 'decline' }
  if (needsNothing(form)) return { action: 'accept', content: defaultsOf(form) }
  const content = await fillForm(form, ask)
  return content ? { action: 'accept', content } : { action: 'cancel' }
}
