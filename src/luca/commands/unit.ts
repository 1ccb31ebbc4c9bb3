import { askHelper } from '../../command/admin-helper.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { formatSize } from '../../command/sizes.ts'

export const unit: Command = {
  name: 'unit',
  summary: "show the state of this system's services, and restart one",
  appliance: true,
  verbs: {
    list: { usage: '', summary: 'list them' },
    restart: { usage: 'UNIT', summary: 'restart one' },
  },
  run(input, context) {
    const [name = ''] = input.positionals
    return input.verb === 'restart' ? restart(name, context) : list(context)
  },
}

async function list(context: Context): Promise<Outcome> {
  const { units } = await askHelper(context, 'unit/status', {}, 'asking for the units')
  if (context.json) writeJson(context.io, { units })
  else {
    const rows = units.map((one) => [
      `${one.active} (${one.status ?? one.sub})`,
      one.result ?? '-',
      one.pid === null ? '-' : String(one.pid),
      one.memory === null ? '-' : formatSize(one.memory),
      one.name,
    ])
    writeTable(context.io, ['STATE', 'RESULT', 'PID', 'MEMORY', 'UNIT'], rows)
  }
  return 'ok'
}

async function restart(name: string, context: Context): Promise<Outcome> {
  await askHelper(context, 'unit/restart', { unit: name }, `restarting ${name}`)
  if (context.json) writeJson(context.io, { restarted: name })
  else writeLine(context.io.stdout, `restarted ${visible(name)}`)
  return 'ok'
}
