import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { quoted } from '../confined/explain.ts'
import type { FsDeps } from '../deps.ts'
import { INDEX_CAPABILITY } from '../found/answer.ts'
import { Options, Path } from './shapes.ts'

/** How long a call waits for what it has begun, in milliseconds; then that goes on in the background. */
const WAIT_MS = 60_000

export const embed = defineV1({
  verb: 'embed',
  description:
    'Has a folder and all below it searched from now on, and waits for a minute at most until that is done. Of a file in such a folder, it waits until that is searched. Whether recursive is given makes no difference.',
  capability: INDEX_CAPABILITY,
  alsoNeeds: 'fs.list',
  input: Type.Object(
    { path: Path('The folder.'), recursive: Type.Optional(Type.Boolean({ default: false })) },
    Options,
  ),
  positional: ['path', 'recursive'],
  result: Type.Object({
    path_processed: Type.String(),
    files_embedded_this_run: Type.Integer(),
    total_embeddings_in_index: Type.Integer(),
    status: Type.String({ description: '"completed", or "in_progress" where it goes on in the background.' }),
  }),
  destructive: false,
  async handler({ path }, call, { files, search }: FsDeps) {
    const { kind } = await files.info(path)
    if (kind === 'folder') await search.add(path, call)
    else if ((await search.statusOf(path)).state === 'left-out')
      throw new ToolError(
        (tool) =>
          `${quoted(path)} is not searched. Give the folder that it is in; ${tool('index_status')} tells why a file is left out.`,
        { kind: 'invalid' },
      )
    const { isDone, files: read } = await search.finish(WAIT_MS, call)
    const { passages, withoutMeaning } = await search.status()
    return {
      path_processed: path,
      files_embedded_this_run: read,
      total_embeddings_in_index: passages - withoutMeaning,
      status: isDone ? 'completed' : 'in_progress',
    }
  },
})
