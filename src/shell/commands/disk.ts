import { askHelper } from '../admin-helper.ts'
import type { Command } from '../command.ts'
import { styled, table, visible, writeJson, writeLine } from '../output.ts'
import { formatSize } from '../sizes.ts'

const sizeOr = (bytes: number | null, without: string) => (bytes === null ? without : formatSize(bytes))

export const disk: Command = {
  name: 'disk',
  usage: '',
  summary: 'show how full the disks are, and who fills them',
  positionals: [0, 0],
  async run(_, context) {
    const usage = await askHelper(context, 'disk/usage', {}, 'asking for the disks')
    if (context.json) {
      writeJson(context.io, usage)
      return 'ok'
    }
    const { stdout, env } = context.io
    const show = (rows: string[][]) => {
      const [head = '', ...lines] = table(rows)
      writeLine(stdout, styled(stdout, env, 'bold', head))
      for (const line of lines) writeLine(stdout, line)
    }
    show([
      ['SIZE', 'USED', 'FREE', 'HOLDS'],
      ...usage.fileSystems.map((one) => [
        formatSize(one.size),
        formatSize(one.used),
        formatSize(one.available),
        visible(one.paths.join(', ')),
      ]),
    ])
    show([
      ['USER', 'USED', 'QUOTA'],
      ...usage.users.map((one) => [one.name, sizeOr(one.used, 'not counted'), sizeOr(one.quota, 'none')]),
    ])
    return 'ok'
  },
}
