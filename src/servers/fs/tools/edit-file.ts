import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { MAX_EDIT_BYTES, MAX_EDIT_WORK_HERE_CHARS } from '../limits.ts'
import { decodeText } from '../text/decode.ts'
import { edited } from '../text/edited.ts'
import { checkWork, workOf } from '../text/edits.ts'
import { namesNote, Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const editFile = defineTool({
  name: 'edit_file',
  title: 'Edit File',
  description:
    'Replaces passages of a text file in order, and returns the changes as a diff. Each oldText must occur in the file exactly once; if it is whole lines, white space at their ends may differ. Makes all edits or none.',
  capability: 'fs.write',
  // It tells what is there: by its diff, and by whether a passage is found.
  alsoNeeds: 'fs.read',
  input: Type.Object(
    {
      path: PathParameter('The file.'),
      edits: Type.Array(
        Type.Object(
          {
            oldText: Type.String({ description: 'The passage as it is now.' }),
            newText: Type.String({ description: 'Its replacement.' }),
          },
          Options,
        ),
        { minItems: 1, maxItems: 1000 },
      ),
      dryRun: Type.Optional(
        Type.Boolean({ default: false, description: 'Only return the diff; change nothing.' }),
      ),
    },
    Options,
  ),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  asksItself: true,
  stake: ['path'],
  untrusted: 'file',
  async handler({ path, edits, dryRun = false }, call, { files }: FsDeps) {
    let diff = ''
    const written = await files.edit(
      path,
      MAX_EDIT_BYTES,
      async (content) => {
        const before = decodeText(content, path)
        checkWork(before, edits)
        const { after, diff: shown } =
          workOf(before, edits) > MAX_EDIT_WORK_HERE_CHARS
            ? await files.workers.run(call, 'edit', [before, path, edits])
            : edited(before, path, edits)
        diff = shown
        return dryRun || after === undefined ? undefined : Buffer.from(after)
      },
      call,
    )
    return textReply(
      diff === '' ? 'The edits change nothing.' : fenced(diff),
      {},
      dryRun ? undefined : namesNote(written),
    )
  },
})

/** In a fence that is longer than any in the diff. */
function fenced(diff: string): string {
  const longest = (diff.match(/`+/g) ?? []).reduce((length, ticks) => Math.max(length, ticks.length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}diff\n${diff}${fence}\n\n`
}
