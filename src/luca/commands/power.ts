import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command } from '../../command/command.ts'
import { writeJson, writeLine } from '../../command/output.ts'

export const power: Command = {
  name: 'power',
  summary: 'power this machine off, or restart it',
  appliance: true,
  verbs: {
    off: { usage: '', summary: 'power it off' },
    restart: { usage: '', summary: 'restart it' },
  },
  consent: true,
  async run(input, context) {
    const to = input.verb === 'off' ? 'off' : 'restart'
    const what = to === 'off' ? 'Switch this machine off' : 'Start this machine anew'
    if (!input.flag('yes')) {
      if (!context.ask) throw new CliError('denied', "luca can't ask you here; confirm with --yes.")
      const typed = await context.ask(`${what}, and end what all users do on it? [y/N] `)
      if (!/^y(es)?$/i.test(typed?.trim() ?? '')) throw new CliError('denied', 'It stays on.')
    }
    await askHelper(context, 'power', { to }, 'asking for it')
    if (context.json) writeJson(context.io, { power: to })
    else writeLine(context.io.stdout, to === 'off' ? 'It switches itself off.' : 'It starts anew.')
    return 'ok'
  },
}
