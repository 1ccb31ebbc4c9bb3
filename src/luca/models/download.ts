/** Brings a file over HTTP, part by part if need be, until it is whole. */
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, rmSync } from 'node:fs'
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from '../../command/cli-error.ts'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { isRecord, wholeIn } from '../../protocol/values.ts'
import { isWithin, lookupOutside } from './loopback.ts'
import { orFull, type Part } from './part.ts'

const MAX_REDIRECTS = 5
/** Nothing came for so long: the connection is taken for dead, in milliseconds. */
const SILENCE_MS = 30_000
/** How often in a row it is tried again without a byte more, and the pause before the first of these, in milliseconds. */
const MAX_VAIN_TRIES = 5
const FIRST_PAUSE_MS = 500
/** After so many bytes of a file of unknown length it is looked whether there is still room. */
const CHECK_ROOM_EVERY = 16 * 1024 * 1024

export interface DownloadOptions {
  url: string
  /** Where what came so far is kept; it is gone on with if the server still has the same file. */
  part: Part
  /** Whose HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold. */
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Called with how many bytes there are, and how many there will be, if that is known. */
  onProgress(bytes: number, total: number | undefined): void
  /** Throws a CliError where there is no room for so many bytes more. */
  checkRoom(bytes: number): void
  firstPauseMs?: number
}

/** The server's answer can't be what was asked for; trying again is in vain. */
class Unavailable extends Error {}

/**
 * Downloads into `part` and gives the SHA-256 of it all, in hex. What came stays there when it fails or is aborted. Throws a
 * CliError that says why it failed and that it can be gone on with.
 */
export async function download(options: DownloadOptions): Promise<string> {
  const transfer = await Transfer.resume(options)
  await untilWhole(transfer, options)
  options.part.sync()
  rmSync(stateOf(options.part.path), { force: true })
  return transfer.digest()
}

/** What is remembered beside a part, to know whether the server still has the same file. */
export const stateOf = (part: string): string => `${part}.json`

async function untilWhole(
  transfer: Transfer,
  { url, signal, part, firstPauseMs = FIRST_PAUSE_MS }: DownloadOptions,
) {
  for (let vain = 0; ; vain++) {
    const before = transfer.bytes
    try {
      await transfer.receive()
      return
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof CliError) throw cause
      if (transfer.bytes > before) vain = 0
      if (cause instanceof Unavailable || vain + 1 >= MAX_VAIN_TRIES)
        throw new CliError(
          'failed',
          `${new URL(url).host} did not give the file: ${reasonOf(cause)}. ${
            transfer.bytes > 0
              ? `The partial download is kept in ${part.path}; repeat the command to continue.`
              : 'Check the address and the network (HTTPS_PROXY applies), or give a mirror with --from.'
          }`,
          { cause },
        )
      await delay(firstPauseMs * 2 ** vain, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}

class Transfer {
  readonly #options: DownloadOptions
  #hash: Hash
  /** The server's mark for this very version of the file. */
  #tag: string | undefined
  bytes = 0

  private constructor(options: DownloadOptions) {
    this.#options = options
    this.#hash = createHash('sha256')
  }

  /** Takes over what an earlier run left of the same address. */
  static async resume(options: DownloadOptions): Promise<Transfer> {
    const transfer = new Transfer(options)
    const kept = readState(options.part.path)
    // Without a mark, nothing tells whether it is still the same file.
    if (kept?.url !== options.url || kept.tag === undefined) {
      transfer.#startOver()
      return transfer
    }
    transfer.#tag = kept.tag
    for await (const chunk of createReadStream(options.part.path)) {
      transfer.#hash.update(chunk)
      transfer.bytes += chunk.length
    }
    return transfer
  }

  digest(): string {
    return this.#hash.digest('hex')
  }

  /** Asks for what is missing and takes it. Throws where the connection breaks before the end. */
  async receive(): Promise<void> {
    const { signal, onProgress, checkRoom, part } = this.#options
    const response = await this.#ask()
    try {
      const total = this.#begin(response)
      if (total !== undefined) checkRoom(total - this.bytes)
      onProgress(this.bytes, total)
      let unchecked = 0
      for await (const chunk of response) {
        signal.throwIfAborted()
        unchecked += chunk.length
        if (total === undefined && unchecked > CHECK_ROOM_EVERY) unchecked = this.#checkEndless()
        if (total !== undefined && this.bytes + chunk.length > total) {
          this.#startOver()
          throw new Unavailable('it sent more than it announced')
        }
        part.append(chunk)
        this.#hash.update(chunk)
        this.bytes += chunk.length
        onProgress(this.bytes, total)
      }
      if (total !== undefined && this.bytes < total) throw new Error('the connection ended early')
    } finally {
      response.destroy()
    }
  }

  /** What has no length may never end: when the disk is full, it is deleted. */
  #checkEndless(): number {
    try {
      this.#options.checkRoom(0)
    } catch (error) {
      this.#startOver()
      throw error
    }
    return 0
  }

  /** Looks whether the answer goes on where we are, and gives the whole length. */
  #begin(response: IncomingMessage): number | undefined {
    const { statusCode, headers } = response
    if (statusCode === 206) {
      const [, start, length] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
      if (Number(start) !== this.bytes) throw new Unavailable('it sent another part than requested')
      if (Number(length) < this.bytes) throw new Unavailable('it sent a part beyond its end')
      return length === '*' ? undefined : Number(length)
    }
    // 416: what we have is longer than what there is, or just as long.
    if (statusCode === 416) {
      const [, length] = /^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
      if (Number(length) === this.bytes) return this.bytes
      this.#startOver()
      throw new Error('the file has changed')
    }
    if (statusCode !== 200)
      throw new (isPassing(statusCode) ? Error : Unavailable)(`it answered ${statusCode}`)
    if (this.bytes > 0) this.#startOver()
    this.#tag = headers.etag ?? headers['last-modified']
    const { path } = this.#options.part
    orFull(path, () =>
      writeFileAtomic(stateOf(path), JSON.stringify({ url: this.#options.url, tag: this.#tag })),
    )
    const length = headers['content-length']
    return wholeIn(length)
  }

  #startOver(): void {
    this.#options.part.empty()
    this.#hash = createHash('sha256')
    this.bytes = 0
    this.#tag = undefined
  }

  async #ask(): Promise<IncomingMessage> {
    let url = new URL(this.#options.url)
    // A server elsewhere must not make us ask the services of this machine.
    const mayBeWithin = isWithin(url.hostname)
    let isRedirected = false
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#get(url, isRedirected && !mayBeWithin)
      const { location } = response.headers
      if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined)
        return response
      response.destroy()
      const next = new URL(location, url)
      if (next.protocol !== 'https:' && (url.protocol === 'https:' || next.protocol !== 'http:'))
        throw new Unavailable(`it redirects to ${next.protocol}//, which is not safe`)
      if (!mayBeWithin && isWithin(next.hostname))
        throw new Unavailable(`it redirects to ${next.host}, which is this machine itself`)
      url = next
      isRedirected = true
    }
    throw new Unavailable(`it redirects more than ${MAX_REDIRECTS} times`)
  }

  async #get(url: URL, onlyOutside: boolean): Promise<IncomingMessage> {
    const { env, signal } = this.#options
    const isSecure = url.protocol === 'https:'
    const agent = new (isSecure ? SecureAgent : PlainAgent)({ proxyEnv: env, keepAlive: false })
    const headers = {
      'user-agent': 'llmbasedos',
      // If-Range: another version of the file is to be sent whole.
      ...(this.bytes > 0
        ? { range: `bytes=${this.bytes}-`, ...(this.#tag ? { 'if-range': this.#tag } : {}) }
        : {}),
    }
    const request = (isSecure ? secureRequest : plainRequest)(url, {
      agent,
      headers,
      signal,
      timeout: SILENCE_MS,
      ...(onlyOutside ? { lookup: lookupOutside } : {}),
    })
    request.on('timeout', () => request.destroy(new Error(`nothing arrived for ${SILENCE_MS / 1000} s`)))
    request.end()
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
    return response
  }
}

/** Whether it may be otherwise in a moment. */
const isPassing = (status = 0): boolean => status === 408 || status === 429 || status >= 500

const MAX_STATE_BYTES = 64 * 1024

function readState(part: string): { url: string; tag: string | undefined } | undefined {
  try {
    const value: unknown = JSON.parse(mustReadFileSync(stateOf(part), MAX_STATE_BYTES))
    if (!isRecord(value) || typeof value.url !== 'string') return undefined
    return { url: value.url, tag: typeof value.tag === 'string' ? value.tag : undefined }
  } catch {
    return undefined
  }
}
