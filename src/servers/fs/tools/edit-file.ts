import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Files } from '../files.ts'
import { MAX_DIFF_CHARS, MAX_EDIT_BYTES } from '../limits.ts'
import { decodeText } from '../text/decode.ts'
import { unifiedDiff } from '../text/diff.ts'
import { applyEdits } from '../text/edits.ts'
import { Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const editFile = defineTool({
  name: 'edit_file',
  title: 'Edit File',
  description:
    'Replaces passages of a text file, one after the other, and shows what changed as a diff. Each oldText must be in the file exactly once; white space at the ends of lines may differ if whole lines are given. All edits are made, or none.',
  capability: 'fs.write',
  input: Type.Object(
    {
      path: PathParameter('The file.'),
      edits: Type.Array(
        Type.Object(
          {
            oldText: Type.String({ description: 'The passage as it is now.' }),
            newText: Type.String({ description: 'What it becomes.' }),
          },
          Options,
        ),
        { minItems: 1, maxItems: 1000 },
      ),
      dryRun: Type.Optional(
        Type.Boolean({ default: false, description: 'Only show the diff; change nothing.' }),
      ),
    },
    Options,
  ),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  asksItself: true,
  async handler({ path, edits, dryRun = false }, call, files: Files) {
    let diff = ''
    await files.edit(
      path,
      MAX_EDIT_BYTES,
      (content) => {
        const before = decodeText(content, path)
        const after = applyEdits(before, edits)
        if (!after.isWellFormed())
          throw new ToolError(
            'A newText has half a character in it, which UTF-8 cannot hold; nothing was changed.',
          )
        diff = unifiedDiff(path, before, after)
        return dryRun || diff === '' ? undefined : Buffer.from(after)
      },
      call,
    )
    return textReply(diff === '' ? 'The edits change nothing.' : fenced(shortened(diff)))
  },
})

function shortened(diff: string): string {
  if (diff.length <= MAX_DIFF_CHARS) return diff
  const end = diff.lastIndexOf('\n', MAX_DIFF_CHARS) + 1
  return `${diff.slice(0, end || MAX_DIFF_CHARS)}… (the diff is cut here)\n`
}

/** In a fence that is longer than any in the diff. */
function fenced(diff: string): string {
  const longest = (diff.match(/`+/g) ?? []).reduce((length, ticks) => Math.max(length, ticks.length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}diff\n${diff}${fence}\n\n`
}
