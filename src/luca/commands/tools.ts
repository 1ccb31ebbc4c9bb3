import { listTools } from '../../command/catalogue.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command } from '../../command/command.ts'
import { firstLine } from '../../command/first-line.ts'
import { inLine, patiently, styled, table, writeJson, writeLine } from '../../command/output.ts'
import { splitAdvertisedName } from '../../protocol/names.ts'

export const tools: Command = {
  name: 'tools',
  usage: '[--server NAME]',
  summary: 'list the tools that you can call',
  options: { server: { value: 'NAME', description: "only this server's" } },
  positionals: [0, 0],
  gateway: true,
  async run(input, context) {
    const { io } = context
    const server = input.text('server')
    const all = await patiently(context, () => 'tools', listTools(context))
    const found = all.filter(({ name }) => !server || splitAdvertisedName(name)?.server === server)
    if (server && found.length === 0)
      throw new CliError('failed', `No server "${server}" has tools here; "luca tools" lists them all.`)
    if (context.json) writeJson(io, { tools: found })
    else
      for (const [index, row] of table(
        found.map(({ name, description }) => [name, inLine(firstLine(description))]),
      ).entries()) {
        const name = found[index]?.name ?? ''
        writeLine(io.stdout, styled(io.stdout, io.env, 'bold', name) + row.slice(name.length))
      }
    return 'ok'
  },
}
