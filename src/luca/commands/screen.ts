import { CliError } from '../../command/cli-error.ts'
import type { Command } from '../../command/command.ts'
import type { Io } from '../../command/io.ts'
import { isTerminal } from '../../command/io.ts'

/** Terminals that can show nothing but lines. */
const ONLY_LINES: ReadonlySet<string> = new Set(['', 'dumb', 'unknown'])

/** Whether the terminal can show more than lines. */
export const hasScreen = ({ env }: Io): boolean => !ONLY_LINES.has(env.TERM ?? '')

/** `luca screen`, for a table of commands that it becomes part of itself. */
export const screenFor = (commands: () => readonly Command[]): Command => ({
  name: 'screen',
  usage: '',
  summary: 'open the full-screen interface: chat, files, tools and the system',
  details: 'luca alone opens it at a terminal. F1 shows its keys, Ctrl-P finds anything, Ctrl-Q leaves.',
  positionals: [0, 0],
  gateway: true,
  ownSignals: true,
  async run(_, { io, gatewaySocket }) {
    if (!isTerminal(io) || !hasScreen(io))
      throw new CliError('usage', 'This terminal can show only lines; use "luca plain".')
    // Loaded by those alone who want it: other commands start without it.
    const { runTerminal } = await import('../../tui/main.ts')
    return runTerminal({ io, socket: gatewaySocket, commands: commands() })
  },
})
