/** A served folder in a temporary directory, with a folder beside it that must never be reached. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ToolContext, ToolError, type ToolReply } from '../../../protocol/define.ts'
import { ConfinedFiles } from '../confined/confined-files.ts'
import { Root } from '../confined/root.ts'
import type { Files } from '../files.ts'
import type { FileSearch } from '../search/file-search.ts'
import { tools } from '../tools/index.ts'
import { FakeSearch, noModels } from './fake-search.ts'

export const SECRET = 'a secret that must not be seen'

export interface Served extends Disposable {
  /** The real path of the served folder. */
  readonly root: string
  /** A folder beside it that holds `secret.txt`. */
  readonly outside: string
  readonly files: Files & Disposable
  readonly search: FileSearch
  /** Puts a file into the served folder, with the folders on the way; gives its real path. */
  put(path: string, content?: string | Uint8Array): string
  real(path: string): string
  call(tool: string, args: object, call?: ToolContext): Promise<ToolReply>
  /** The first text block of what a tool replies. */
  text(tool: string, args: object): Promise<string>
}

export function serve(
  content: Record<string, string | Uint8Array> = {},
  hidden: string[] = [],
  parent = tmpdir(),
): Served {
  const base = realpathSync(mkdtempSync(join(parent, 'fs-server-')))
  const root = join(base, 'root')
  const outside = join(base, 'outside')
  mkdirSync(root)
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret.txt'), SECRET)
  const real = (path: string) => join(root, path)
  const put = (path: string, text: string | Uint8Array = '') => {
    mkdirSync(dirname(real(path)), { recursive: true })
    writeFileSync(real(path), text)
    return real(path)
  }
  for (const [path, text] of Object.entries(content)) put(path, text)
  const files = new ConfinedFiles(new Root(root, hidden.map(real)))
  const search = new FakeSearch()
  const call = async (name: string, args: object, call = fakeCall()): Promise<ToolReply> => {
    const tool = tools.find((tool) => tool.name === name)
    if (!tool) throw new Error(`no tool ${name}`)
    const reply = await tool.handler(args, call, { files, search, models: noModels }).catch((error) => {
      throw error instanceof ToolError ? toldTo(call, error) : error
    })
    return typeof reply === 'string' ? { content: [{ type: 'text', text: reply }] } : reply
  }
  return {
    root,
    outside,
    files,
    search,
    put,
    real,
    call,
    async text(name, args) {
      const [block] = (await call(name, args)).content ?? []
      if (block?.type !== 'text') throw new Error('no text')
      return block.text
    },
    [Symbol.dispose]() {
      files[Symbol.dispose]()
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** An error as the framework tells it to the caller. */
const toldTo = (call: ToolContext, error: ToolError): ToolError =>
  new ToolError(error.messageFor(call.nameOf, call.may), { cause: error.cause, kind: error.kind })

/** What is thrown where a call needs a consent that it does not have. */
export class Unagreed extends Error {
  readonly state: string
  constructor(what: string, state: string) {
    super(what)
    this.state = state
  }
}

/**
 * A call that no client waits for. What it reports as progress is kept. Everything is agreed to, or the state alone that is
 * given, or nothing ("").
 */
export function fakeCall(
  signal: AbortSignal = new AbortController().signal,
  agreed?: string,
): ToolContext & { reported: number[] } {
  const reported: number[] = []
  return {
    signal,
    caller: undefined,
    session: undefined,
    clientCapabilities: {},
    attaches: false,
    reported,
    progress: (progress) => void reported.push(progress),
    sendDelta: () => 0,
    sendModelStatus: () => {},
    drained: () => undefined,
    room: () => undefined,
    log() {},
    ask: () => Promise.reject(new Error('no client to ask')),
    may: () => true,
    mustAsk: false,
    nameOf: (tool) => tool,
    background: () => Promise.reject(new Error('no work')),
    consent(what, state) {
      if (agreed !== undefined && agreed !== state) throw new Unagreed(what, state)
    },
    get gateway(): never {
      throw new Error('Its tools call no others.')
    },
    get wake(): never {
      throw new Error('Its tools use no wake list.')
    },
    get events(): never {
      throw new Error('Its tools tell no events.')
    },
    changed: { tools() {}, prompts() {}, resources() {}, resource() {} },
  }
}
