/** An HTTP server with one file, which can be as bad as servers of files are. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer {
  /** Of the file. */
  url: string
  /** Where it listens, without a path. */
  origin: string
  /** The Range header of each request, in their order. */
  ranges: (string | undefined)[]
  /** Another version of the file, with another mark. */
  replace(file: Buffer): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface FileServerOptions {
  /** Cuts each connection after so many bytes of the body. */
  cutAfter?: number
  /** Answers in place of the file, where it gives true. */
  intercept?(request: IncomingMessage, response: ServerResponse, count: number): boolean
}

export async function fileServer(
  initial: Buffer,
  { cutAfter, intercept }: FileServerOptions = {},
): Promise<FileServer> {
  let file = initial
  let version = 1
  let count = 0
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range)
    if (intercept?.(request, response, ++count)) return
    const etag = `"v${version}"`
    const { range, 'if-range': ifRange } = request.headers
    const start = range !== undefined && (ifRange ?? etag) === etag ? Number(/\d+/.exec(range)?.[0]) : 0
    if (start >= file.length && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
      return
    }
    response.writeHead(start > 0 ? 206 : 200, {
      etag,
      'content-length': file.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
    })
    if (cutAfter === undefined || file.length - start <= cutAfter) response.end(file.subarray(start))
    else response.write(file.subarray(start, start + cutAfter), () => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/models/noise.gguf`,
    origin,
    ranges,
    replace(other) {
      file = other
      version++
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
