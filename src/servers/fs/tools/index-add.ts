import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { quoted } from '../confined/explain.ts'
import type { FsDeps } from '../deps.ts'
import { INDEX_CAPABILITY } from '../found/answer.ts'
import { Options, textBlocks } from './reply.ts'

export const indexAdd = defineTool({
  name: 'index_add',
  title: 'Add Folder to Search',
  description:
    'Has a folder and all below it searched from now on. Its files are read in the background, and again as they change; none is changed.',
  capability: INDEX_CAPABILITY,
  // It tells where a link leads.
  alsoNeeds: 'fs.list',
  input: Type.Object(
    { path: Type.String({ description: 'The folder, such as "/Documents"; "/" for all.' }) },
    Options,
  ),
  output: Type.Object({
    path: Type.String(),
    isNew: Type.Boolean({ description: 'False where it was searched already.' }),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async handler({ path }, call, { search }: FsDeps) {
    const added = await search.add(path, call)
    const text = added.isNew
      ? `${quoted(added.path)} is searched from now on. Its files are being read in the background: what was read is found by its words at once, and by its meaning a little later. ${call.nameOf('index_status')} tells how far that is.`
      : `${quoted(added.path)} was searched already.`
    return { content: textBlocks(text), structured: { path: added.path, isNew: added.isNew } }
  },
})
