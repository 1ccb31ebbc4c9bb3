import { agrees } from '../../command/arguments.ts'
import type { Command } from '../../command/command.ts'
import { runLineMode } from '../../line/mode.ts'

/** `luca plain`, for a table of commands that it becomes part of itself. */
export const plainFor = (commands: () => readonly Command[]): Command => ({
  name: 'plain',
  usage: '[--yes]',
  summary: 'open the line mode: type commands one after the other',
  details:
    'At a terminal it has a prompt, history and completion. Elsewhere it runs the lines of stdin and ends with the exit code of the last one.',
  positionals: [0, 0],
  gateway: true,
  consent: true,
  ownSignals: true,
  run: (input, { io, gatewaySocket }) =>
    runLineMode({ io, socket: gatewaySocket, yes: agrees(input), commands: commands() }),
})
