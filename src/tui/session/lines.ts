/** Lines of luca that run beside the interface, as the line mode runs them. */
import { PassThrough } from 'node:stream'
import type { Command, Prompter } from '../../command/command.ts'
import type { Io } from '../../command/io.ts'
import { completeLine } from '../../line/completion.ts'
import { History } from '../../line/history.ts'
import { LineShell } from '../../line/shell.ts'
import type { Message } from '../model/message.ts'

const COMPLETION_MS = 3000

export interface LinesOptions {
  io: Io
  socket: string
  commands: readonly Command[]
  /** The file of the lines that were typed, which the line mode shares. */
  history: string
  dispatch(message: Message): void
}

/** Commands about the line mode itself. */
const NOT_HERE: ReadonlySet<string> = new Set(['fg', 'jobs', 'kill', 'exit', 'quit'])

export class Lines {
  readonly #options: LinesOptions
  /** Completes lines, and has the connection that all here share. */
  readonly shell: LineShell
  readonly #history: History
  readonly #running = new Map<number, AbortController>()
  #nextId = 1

  constructor(options: LinesOptions) {
    this.#options = options
    this.#history = new History(options.history)
    this.shell = this.#newShell(options.io)
  }

  get typed(): readonly string[] {
    return this.#history.lines
  }

  /** What a line can begin with. */
  get commands(): readonly Command[] {
    return this.shell.commands.filter(({ name }) => !NOT_HERE.has(name))
  }

  /** Starts a line; its output and its end come as messages. */
  run(line: string): void {
    const { dispatch } = this.#options
    const id = this.#nextId++
    this.#history.add(line)
    dispatch({ type: 'lines-typed', lines: [...this.#history.lines] })
    dispatch({ type: 'job-started', id, line })
    if (NOT_HERE.has(line.trim().split(/\s/, 1)[0] ?? '')) {
      dispatch({
        type: 'job-wrote',
        id,
        text: 'This belongs to the line mode: "luca plain". Here, Ctrl-P finds the jobs.\n',
      })
      dispatch({ type: 'job-ended', id, ok: false })
      return
    }
    const stop = new AbortController()
    this.#running.set(id, stop)
    const out = () => {
      const stream = new PassThrough()
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => dispatch({ type: 'job-wrote', id, text }))
      return stream
    }
    const shell = this.#newShell({ ...this.#options.io, stdout: out(), stderr: out() }, this.#asking(id))
    shell.cwd = this.shell.cwd
    void shell.run(line, stop.signal).then((outcome) => {
      this.#running.delete(id)
      this.shell.cwd = shell.cwd
      shell.gateway.close()
      // What it wrote last is on its way.
      setImmediate(() => dispatch({ type: 'job-ended', id, ok: outcome === 'ok' }))
    })
  }

  stop(id: number): void {
    this.#running.get(id)?.abort(new Error('Ended by Ctrl-C.'))
  }

  async complete(query: string): Promise<void> {
    const [completions, replaced] = await completeLine(
      query,
      this.shell,
      AbortSignal.timeout(COMPLETION_MS),
    ).catch((): [string[], string] => [[], ''])
    this.#options.dispatch({ type: 'completed', query, completions, replaced })
  }

  close(): void {
    for (const stop of this.#running.values()) stop.abort(new Error('luca has ended.'))
    this.shell.gateway.close()
    this.#history.save()
  }

  /** Asks for a line that runs. What it wrote before is on its way, and is what the question is about. */
  #asking(job: number): Prompter {
    const { dispatch } = this.#options
    return (question, { unseen = false } = {}) =>
      new Promise((answer) => {
        setImmediate(() => dispatch({ type: 'prompted', job, question, unseen, answer }))
      })
  }

  #newShell(io: Io, ask?: Prompter): LineShell {
    const { socket, commands } = this.#options
    return new LineShell({ io, socket, commands, yes: false, ...(ask ? { ask } : {}) })
  }
}
