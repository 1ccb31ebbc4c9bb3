import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { quoted } from '../confined/explain.ts'
import type { FsDeps } from '../deps.ts'
import { INDEX_CAPABILITY } from '../found/answer.ts'
import { Options, textBlocks } from './reply.ts'

export const indexRemove = defineTool({
  name: 'index_remove',
  title: 'Remove Folder from Search',
  description:
    'Has a folder searched no longer, and forgets what was read of it. Its files stay as they are.',
  capability: INDEX_CAPABILITY,
  alsoNeeds: 'fs.list',
  input: Type.Object(
    { path: Type.String({ description: 'The folder, as {tool:index_status} shows it.' }) },
    Options,
  ),
  output: Type.Object({ path: Type.String() }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async handler({ path }, call, { search }: FsDeps) {
    if (!(await search.remove(path, call))) {
      const folders = (await search.folders()).map((folder) => quoted(folder.path))
      throw new ToolError(
        `${quoted(path)} is none of the folders that are searched, so nothing was done. ${folders.length === 0 ? 'There are none.' : `These are: ${folders.join(', ')}.`}`,
        { kind: 'not_found', untrusted: 'file' },
      )
    }
    return {
      content: textBlocks(`${quoted(path)} is searched no longer. Its files are unchanged.`),
      structured: { path },
    }
  },
})
