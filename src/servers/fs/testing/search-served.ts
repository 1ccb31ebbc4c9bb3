/** The tools of search over a search that a test chooses, for a client of their own. */
import { type Harness, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { defineServer } from '../../../protocol/define.ts'
import { type CallToolResult, META } from '../../../protocol/mcp.ts'
import type { FsDeps } from '../deps.ts'
import { file } from '../resources/file.ts'
import type { FileSearch } from '../search/file-search.ts'
import { findSimilar } from '../tools/find-similar.ts'
import { indexAdd } from '../tools/index-add.ts'
import { indexRemove } from '../tools/index-remove.ts'
import { indexStatus } from '../tools/index-status.ts'
import { searchDocuments } from '../tools/search-documents.ts'
import { embed } from '../v1/embed.ts'
import { search as searchV1 } from '../v1/search.ts'
import { type Served, serve } from './served.ts'

const definition = {
  name: 'fs',
  title: 'Files',
  version: '0.1.0',
  description: 'Searches.',
  scope: 'user',
  tools: [searchDocuments, findSimilar, indexAdd, indexRemove, indexStatus],
  resources: [file],
  v1: [embed, searchV1],
  v1ErrorBase: -32010,
} as const
const validators = compileValidators({ ...definition, open: () => Promise.reject(new Error()) } as never)

export const ALL_RIGHTS = ['fs.read', 'fs.list', 'fs.index'] as const

export interface SearchServed extends AsyncDisposable {
  readonly served: Served
  readonly running: Harness
  call(name: string, args: object, may?: readonly string[]): Promise<CallToolResult>
  /** All text that a model is given. */
  text(name: string, args: object, may?: readonly string[]): Promise<string>
  read(uri: string, may?: readonly string[]): Promise<{ text?: string; blob?: string; mimeType: string }>
  v1(verb: string, args: unknown): Promise<unknown>
}

export async function serveSearch(
  search: FileSearch,
  content: Record<string, string | Uint8Array> = {},
): Promise<SearchServed> {
  const served = serve(content)
  const server = defineServer<FsDeps>({
    ...definition,
    tools: [...definition.tools],
    resources: [...definition.resources],
    v1: [...definition.v1],
    open: async () => ({ files: served.files, search }),
  })
  const running = await harness(server, validators)
  const meta = (may: readonly string[]) => ({ [META.may]: may, [META.namePrefix]: 'fs_' })
  const call = async (name: string, args: object, may: readonly string[] = ALL_RIGHTS) =>
    (await running.connection.request('tools/call', {
      name,
      arguments: args,
      _meta: meta(may),
    })) as unknown as CallToolResult
  return {
    served,
    running,
    call,
    async text(name, args, may) {
      const { content } = await call(name, args, may)
      return content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
    },
    async read(uri, may = ALL_RIGHTS) {
      const { contents } = await running.connection.request('resources/read', { uri, _meta: meta(may) })
      return (contents as { text?: string; blob?: string; mimeType: string }[])[0] as never
    },
    async v1(verb, args) {
      const result = await running.connection.request(`mcp.fs.${verb}`, {
        arguments: args,
        _meta: meta(ALL_RIGHTS),
      })
      return result.value
    },
    async [Symbol.asyncDispose]() {
      await running.close()
      served[Symbol.dispose]()
    },
  }
}
