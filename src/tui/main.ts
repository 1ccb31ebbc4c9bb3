/** `luca` at a terminal: the full-screen interface. */
import type { ReadStream, WriteStream } from 'node:tty'
import { setFlagsFromString } from 'node:v8'
import { CliError } from '../command/cli-error.ts'
import type { Command } from '../command/command.ts'
import type { Outcome } from '../command/exit-codes.ts'
import { defaultState } from '../command/installation.ts'
import type { Io } from '../command/io.ts'
import { pictureOf } from './model/picture.ts'
import { initialState } from './model/state.ts'
import { capabilitiesOf } from './screen/capabilities.ts'
import { fontOf } from './screen/console-font.ts'
import { hasShell, stopGroup } from './screen/job-control.ts'
import { Screen } from './screen/screen.ts'
import { type Face, Session } from './session/session.ts'
import { VIEWS } from './views/index.ts'

export interface TerminalOptions {
  io: Io
  /** The gateway's socket. */
  socket: string
  commands: readonly Command[]
}

/** What ends it from outside: its window was closed, or the machine stops. */
const ENDING = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const

/** Shows the interface until the person leaves, the terminal goes or the process is asked to end. */
export async function runTerminal({ io, socket, commands }: TerminalOptions): Promise<Outcome> {
  // What a stream of tokens leaves behind is short-lived; V8 would let its heap grow before it looks.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
  const stdin = io.stdin as ReadStream
  const stdout = io.stdout as WriteStream
  const state = initialState({
    views: VIEWS,
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
    theme: themeFrom(io.env),
    now: Date.now(),
  })
  const screen = new Screen({
    stdin,
    stdout,
    capabilities: capabilitiesOf(io.env, await fontOf(io.env)),
    theme: state.theme,
    picture: () => pictureOf(session.state),
    onEvent: (event) => session.dispatch(event),
  })
  let ended = false
  const face: Face = {
    changed(next, soon) {
      screen.setTheme(next.theme)
      screen.setMouse(next.mouse)
      screen.refresh(soon)
    },
    bell: () => screen.bell(),
    async withTerminal(work) {
      screen.leave()
      try {
        return await work()
      } finally {
        if (!ended) screen.enter()
      }
    },
    async suspend() {
      if (!hasShell()) return false
      return face.withTerminal(stopGroup)
    },
  }
  const session = new Session({ io, socket, commands, folder: defaultState(io.env), state, face })
  const crashed = Promise.withResolvers<never>()
  const onCrash = (error: unknown) => crashed.reject(error)
  const end = () => session.close()
  for (const signal of ENDING) process.on(signal, end)
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  try {
    screen.enter()
    session.start()
    session.dispatch({ type: 'go', view: state.view })
    setImmediate(async () => {
      const { RENDERER } = await import('./text/rich-renderer.ts')
      session.dispatch({ type: 'renderer', renderer: RENDERER })
    })
    await Promise.race([session.ended, crashed.promise])
    return 'ok'
  } catch (cause) {
    throw new CliError(
      'failed',
      `luca had to stop: ${(cause as Error).message} "luca plain" works without a screen.`,
      { cause },
    )
  } finally {
    ended = true
    screen.leave()
    session.close()
    for (const signal of ENDING) process.removeListener(signal, end)
    process.removeListener('uncaughtException', onCrash)
    process.removeListener('unhandledRejection', onCrash)
  }
}

/** What the environment says of the background; terminals that answer say it better. */
const themeFrom = ({ COLORFGBG = '' }: NodeJS.ProcessEnv): 'dark' | 'light' =>
  /;(7|15)$/.test(COLORFGBG) ? 'light' : 'dark'
