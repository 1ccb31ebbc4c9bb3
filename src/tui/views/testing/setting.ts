/** What views are tried in. */
import type { Area, World } from '../../model/view.ts'
import { PLAIN_RENDERER } from '../../text/renderer.ts'

export const AREA: Area = { columns: 80, rows: 20 }

/** Connected, to an appliance that serves files. */
export const WORLD: World = {
  link: { state: 'connected' },
  offer: { tools: [], methods: [], servers: ['fs'] },
  now: 0,
  renderer: PLAIN_RENDERER,
}

const withTools = (...names: string[]): World => ({
  ...WORLD,
  offer: {
    ...WORLD.offer,
    tools: names.map((name) => ({ name, description: '', inputSchema: {} })),
  },
})

/** The same with a file server that searches what files say. */
export const SEARCHING: World = withTools(
  'fs_search_documents',
  'fs_index_status',
  'fs_index_add',
  'fs_index_remove',
)

/** The same with a file server that reads documents. */
export const READING: World = withTools('fs_read_document')

/** The same with a server of conversations. */
export const TALKING: World = withTools('chat_send')
