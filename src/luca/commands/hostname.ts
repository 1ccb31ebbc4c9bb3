import { askHelper } from '../../command/admin-helper.ts'
import type { Command } from '../../command/command.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'

export const hostname: Command = {
  name: 'hostname',
  usage: '[NAME]',
  summary: "show or change this machine's name on the network",
  appliance: true,
  positionals: [0, 1],
  async run({ positionals: [name] }, context) {
    const { name: now } =
      name === undefined
        ? await askHelper(context, 'hostname/get', {}, 'asking for the name')
        : await askHelper(context, 'hostname/set', { name }, 'changing the name')
    if (context.json) writeJson(context.io, { name: now })
    else writeLine(context.io.stdout, visible(now))
    return 'ok'
  },
}
