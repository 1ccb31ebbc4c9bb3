/** Where servers are: what generating, building and documenting go through. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerDefinition } from '../src/protocol/define.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface ServerFolder {
  /** From the repository's root. */
  folder: string
  server: ServerDefinition<unknown>
  /** Whether it is for tests only: not documented, and built apart. */
  fixture: boolean
}

const FIXTURE = 'test/fixture-server'

/** All servers, in the order of their names, the fixture server last. */
export async function loadServers(): Promise<ServerFolder[]> {
  const folders = readdirSync(join(ROOT, 'src/servers'))
    .map((name) => `src/servers/${name}`)
    .filter((folder) => existsSync(join(ROOT, folder, 'server.ts')))
    .sort()
  return Promise.all(
    [...folders, FIXTURE].map(async (folder) => {
      const { server } = (await import(join(ROOT, folder, 'server.ts'))) as {
        server: ServerDefinition<unknown>
      }
      return { folder, server, fixture: folder === FIXTURE }
    }),
  )
}
