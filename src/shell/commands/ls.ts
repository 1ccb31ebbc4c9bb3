import { callTool, textOf } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { visible, writeJson, writeLine } from '../output.ts'
import { Refusal } from '../refusal.ts'

export const ls: Command = {
  name: 'ls',
  usage: '[PATH]',
  summary: 'list a folder of the files that are served',
  details: 'Paths begin at the served folder: / is all of it.',
  positionals: [0, 1],
  gateway: true,
  async run({ positionals: [path = '/'] }, context) {
    const result = await callTool(context, 'fs_list_directory', { path })
    if (result.isError) throw new Refusal('failed', textOf(result))
    if (context.json) writeJson(context.io, result.structuredContent ?? { content: textOf(result) })
    else {
      const { stdout } = context.io
      const text = textOf(result)
      if (text !== '') writeLine(stdout, stdout.isTTY ? visible(text) : text)
    }
    return 'ok'
  },
}
