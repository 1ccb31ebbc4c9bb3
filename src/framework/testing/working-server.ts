/** A server that works in the background, and notes in a folder what becomes of that. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BackgroundWork, defineServer, defineTool } from '../../protocol/define.ts'
import * as Type from '../../protocol/schema.ts'
import type { Validators } from '../../protocol/validator.ts'
import { compileValidators } from './compile-validators.ts'

/** The folder: `noted` has a line for each thing that happened, and a work is done once `enough` is there. */
export const WORKING_FOLDER = 'WORKING_FOLDER'

type Folder = string
const ANNOTATIONS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

export const notedIn = (folder: string): string[] => {
  const path = join(folder, 'noted')
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
}

const note = (folder: Folder, what: string) => appendFileSync(join(folder, 'noted'), `${what}\n`)

const works: Record<string, BackgroundWork<Folder>> = {
  index: {
    async run({ signal, turn, progress }, folder) {
      note(folder, 'index began')
      signal.addEventListener('abort', () => note(folder, 'index was told'))
      for (let n = 1; !existsSync(join(folder, 'enough')); n++) {
        progress(n, 1000)
        await delay(5)
        await turn().catch(async (error) => {
          // To keep how far it came takes a moment.
          await delay(50)
          note(folder, 'index kept how far it came')
          throw error
        })
      }
      note(folder, 'index is done')
    },
  },
  deaf: {
    async run(_, folder) {
      note(folder, 'deaf began')
      await new Promise(() => setInterval(() => {}, 1000))
    },
  },
  failing: {
    async run(_, folder) {
      note(folder, 'failing began')
      throw new Error('no more room')
    },
  },
}

export function workingServer(): { server: ReturnType<typeof build>; validators: Validators } {
  const server = build()
  return { server, validators: compileValidators(server) }
}

const build = () =>
  defineServer<Folder>({
    name: 'working',
    title: 'Working',
    version: '1.0.0',
    description: 'Works in the background',
    scope: 'user',
    background: works,
    tools: [
      defineTool({
        name: 'start',
        title: 'Start',
        description: 'Starts a work',
        capability: 'working.use',
        input: Type.Object({ work: Type.String() }),
        annotations: ANNOTATIONS,
        handler: async ({ work }, call, _: Folder) => {
          await call.background(work)
          return 'started'
        },
      }),
      defineTool({
        name: 'crash',
        title: 'Crash',
        description: 'Is killed',
        capability: 'working.use',
        input: Type.Object({}),
        annotations: ANNOTATIONS,
        handler: async () => {
          process.kill(process.pid, 'SIGKILL')
          return 'never seen'
        },
      }),
      defineTool({
        name: 'wait',
        title: 'Wait',
        description: 'Takes a while',
        capability: 'working.use',
        input: Type.Object({ ms: Type.Integer() }),
        annotations: ANNOTATIONS,
        handler: async ({ ms }, { signal }, folder: Folder) => {
          note(folder, 'call began')
          await delay(ms, undefined, { signal })
          note(folder, 'call ended')
          return 'waited'
        },
      }),
    ],
    async open({ env }) {
      return env[WORKING_FOLDER] ?? '/nowhere'
    },
    async close(folder) {
      note(folder, 'closed')
    },
  })
