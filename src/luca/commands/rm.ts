import type { Command } from '../../command/command.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import { servedPath } from '../../command/served-paths.ts'

export const rm: Command = {
  name: 'rm',
  usage: 'PATH [-r] [-f]',
  summary: 'delete a served file or folder',
  details: 'It asks first, unless you give -f or --yes. For a symbolic link it deletes the link itself.',
  options: {
    recursive: { short: 'r', description: 'delete a folder with everything in it' },
    force: { short: 'f', description: 'do not ask' },
  },
  positionals: [1, 1],
  gateway: true,
  consent: true,
  run: speaking(async (input, context) => {
    const path = servedPath(context.cwd, input.positionals[0] ?? '')
    const link = await context.gateway()
    const done = await link.v1('mcp.fs.delete', [path, input.flag('recursive')], context.signal)
    if (context.json) writeJson(context.io, done)
    else writeLine(context.io.stdout, `deleted ${visible(path)}`)
    return 'ok'
  }),
}
