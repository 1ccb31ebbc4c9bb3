/** The whole server over a folder of its own, with a place for its index: for tests of searching. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Harness, type HarnessOptions, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { type CallToolResult, META } from '../../../protocol/mcp.ts'
import type { FileStatus, Found, IndexStatus } from '../search/file-search.ts'
import { server } from '../server.ts'

const validators = compileValidators(server)

export interface StartOptions extends HarnessOptions {
  definition?: typeof server
}

export class Searching implements AsyncDisposable {
  readonly root: string
  readonly state: string
  /** The folder that goes with it; undefined where others made it. */
  readonly #base: string | undefined
  #running: Harness | undefined

  constructor(content: Record<string, string | Uint8Array> = {}, made?: { root: string; state: string }) {
    this.#base = made ? undefined : realpathSync(mkdtempSync(join(tmpdir(), 'searching-')))
    this.root = made?.root ?? join(this.#base ?? '', 'root')
    this.state = made?.state ?? join(this.#base ?? '', 'state')
    for (const folder of [this.root, this.state]) mkdirSync(folder, { recursive: true })
    for (const [path, text] of Object.entries(content)) this.put(path, text)
  }

  real(path: string): string {
    return join(this.root, path)
  }

  put(path: string, content: string | Uint8Array = ''): void {
    mkdirSync(dirname(this.real(path)), { recursive: true })
    writeFileSync(this.real(path), content)
  }

  get running(): Harness {
    if (!this.#running) throw new Error('It was not started.')
    return this.#running
  }

  /** `definition` is that of the server, or one of it that is watched. */
  async start({ definition = server, ...options }: StartOptions = {}): Promise<this> {
    const env = { LLMBDO_FS_VIRTUAL_ROOT: this.root, STATE_DIRECTORY: this.state }
    this.#running = await harness(definition, validators, { env, ...options })
    return this
  }

  /** As a process that ends, and one that starts. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async stop(): Promise<void> {
    await this.#running?.close()
    this.#running = undefined
  }

  async call(name: string, args: object): Promise<CallToolResult> {
    const params = { name, arguments: args, _meta: { [META.agreed]: true } }
    return (await this.running.connection.request('tools/call', params)) as unknown as CallToolResult
  }

  /** What is structured of a reply; throws the text of one that failed. */
  async asked<T>(name: string, args: object = {}): Promise<T> {
    const { isError, content, structuredContent } = await this.call(name, args)
    const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
    if (isError === true) throw new Error(text)
    return structuredContent as T
  }

  /** Has folders searched, and waits until all in them is. */
  async add(...paths: string[]): Promise<void> {
    for (const path of paths) await this.asked('index_add', { path })
    await this.running.worked()
  }

  /** The paths of what was found, the best first. */
  async found(query: string, more: object = {}): Promise<string[]> {
    const { hits } = await this.asked<Pick<Found, 'hits'>>('search_documents', { query, ...more })
    return hits.map(({ path }) => path)
  }

  status(): Promise<IndexStatus & { leftOut: number }> {
    return this.asked('index_status')
  }

  async statusOf(path: string): Promise<FileStatus> {
    return (await this.asked<{ file: FileStatus }>('index_status', { path })).file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    if (this.#base !== undefined) rmSync(this.#base, { recursive: true, force: true })
  }
}
