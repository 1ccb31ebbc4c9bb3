import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { Options, READ_ONLY, TextOutput, textReply } from './reply.ts'

export const listAllowedDirectories = defineTool({
  name: 'list_allowed_directories',
  title: 'List Allowed Directories',
  description:
    'Returns the folder that this server may use, with all folders in it. In paths, "/" is this folder.',
  capability: 'fs.list',
  input: Type.Object({}, Options),
  output: TextOutput,
  annotations: READ_ONLY,
  handler: async (_, __, { files }: FsDeps) => textReply(`Allowed directories:\n${files.rootPath}`),
})
