import { callTool, textOf } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { visible, writeJson } from '../output.ts'
import { Refusal } from '../refusal.ts'

export const cat: Command = {
  name: 'cat',
  usage: 'PATH',
  summary: 'print a text file of those that are served',
  details: 'Paths begin at the served folder: / is all of it.',
  positionals: [1, 1],
  gateway: true,
  async run({ positionals: [path = ''] }, context) {
    const result = await callTool(context, 'fs_read_text_file', { path })
    if (result.isError) throw new Refusal('failed', textOf(result))
    const text = textOf(result)
    const { stdout } = context.io
    if (context.json) writeJson(context.io, { path, content: text })
    else stdout.write(stdout.isTTY ? visible(text) : text)
    return 'ok'
  },
}
