import type { Command } from '../command.ts'
import { writeJson, writeLine } from '../output.ts'
import { PRODUCT } from '../version.ts'

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
