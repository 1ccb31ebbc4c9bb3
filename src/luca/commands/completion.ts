import { misuse } from '../../command/arguments.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { writeJson, writeLine } from '../../command/output.ts'
import { ASKED } from '../completion/table.ts'

/** `luca completion`, for a table of commands that it becomes part of itself. */
export const completionFor = (commands: () => readonly Command[]): Command => {
  const completion: Command = {
    name: 'completion',
    summary: 'print the completion script for bash, zsh or fish',
    details:
      '"make install" puts it where shells look. Without that: source <(luca completion bash) in ~/.bashrc, the same with zsh ' +
      'in ~/.zshrc after compinit, and luca completion fish | source in ~/.config/fish/config.fish.',
    verbs: {
      bash: { usage: '', summary: 'for bash' },
      zsh: { usage: '', summary: 'for zsh' },
      fish: { usage: '', summary: 'for fish' },
      values: { usage: `${ASKED.join('|')} [BEGINNING]`, summary: 'print candidates; the scripts call this' },
    },
    gateway: true,
    async run({ verb, positionals: [of, beginning = ''] }, context) {
      if (verb !== 'values') return script(verb, commands(), context)
      const asked = ASKED.find((one) => one === of)
      if (!asked) throw misuse(completion, `"${of}" is none of ${ASKED.join(', ')}`, verb)
      // Loaded by those alone who want it.
      const { completionValues } = await import('../completion/values.ts')
      const values = await completionValues(asked, beginning, context)
      if (context.json) writeJson(context.io, { values })
      else for (const value of values) writeLine(context.io.stdout, value)
      return 'ok'
    },
  }
  return completion
}

async function script(
  shell: string | undefined,
  commands: readonly Command[],
  { io, json }: Context,
): Promise<Outcome> {
  const { scriptFor } = await import('../completion/scripts.ts')
  const text = scriptFor(shell ?? '', commands)
  if (json) writeJson(io, { shell, script: text })
  else io.stdout.write(text)
  return 'ok'
}
