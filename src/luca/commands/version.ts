import type { Command } from '../../command/command.ts'
import { writeJson, writeLine } from '../../command/output.ts'
import { PRODUCT } from '../../command/version.ts'

export const version: Command = {
  name: 'version',
  usage: '',
  summary: 'print the version',
  positionals: [0, 0],
  async run(_, { io, json }) {
    if (json) writeJson(io, { ...PRODUCT, node: process.version })
    else writeLine(io.stdout, `${PRODUCT.name} ${PRODUCT.version}`)
    return 'ok'
  },
}
