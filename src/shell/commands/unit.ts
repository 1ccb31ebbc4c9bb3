import { askHelper } from '../admin-helper.ts'
import type { Command, Context } from '../command.ts'
import type { Outcome } from '../exit-codes.ts'
import { inLine, styled, table, visible, writeJson, writeLine } from '../output.ts'
import { formatSize } from '../sizes.ts'

export const unit: Command = {
  name: 'unit',
  summary: 'show how the services of this system fare, and restart one',
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
    const { stdout, env } = context.io
    const rows = units.map((one) => [
      `${one.active} (${one.status ?? one.sub})`,
      one.result ?? '-',
      one.pid === null ? '-' : String(one.pid),
      one.memory === null ? '-' : formatSize(one.memory),
      one.name,
    ])
    const [head = '', ...lines] = table([['STATE', 'RESULT', 'PID', 'MEMORY', 'UNIT'], ...rows])
    writeLine(stdout, styled(stdout, env, 'bold', head))
    for (const line of lines) writeLine(stdout, inLine(line))
  }
  return 'ok'
}

async function restart(name: string, context: Context): Promise<Outcome> {
  await askHelper(context, 'unit/restart', { unit: name }, `restarting ${name}`)
  if (context.json) writeJson(context.io, { restarted: name })
  else writeLine(context.io.stdout, `restarted ${visible(name)}`)
  return 'ok'
}
