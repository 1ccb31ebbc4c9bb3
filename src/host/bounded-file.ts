/** Reads a text file of the machine without trusting its size. */
import { open } from 'node:fs/promises'

/** The file's text; undefined if there is no such file. Throws if it has more than `maxBytes`. */
export async function readFileBounded(path: string, maxBytes: number): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const buffer = Buffer.alloc(Math.min((await file.stat()).size, maxBytes) + 1)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) return buffer.toString('utf8', 0, length)
      length += bytesRead
    }
    throw new Error(`${path} is larger than ${maxBytes} bytes, or grew while it was read.`)
  } finally {
    await file.close()
  }
}
