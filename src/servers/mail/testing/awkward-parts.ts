/** What emails that are made by hand are put together of. One character is one byte. */

export interface Awkward {
  /** What is awkward about it. */
  name: string
  headers?: string[]
  body: string[]
  text: string
  remarks?: string[]
  /** Where they matter. */
  subject?: string
  from?: string
  to?: string
  date?: string
  attachments?: string[]
}

export const text = (charset: string, encoding = '8bit') => [
  `Content-Type: text/plain; charset=${charset}`,
  `Content-Transfer-Encoding: ${encoding}`,
]
export const parts = (boundary: string, ...all: string[][]): string[] => [
  ...all.flatMap((part) => [`--${boundary}`, ...part]),
  `--${boundary}--`,
]
export const multipart = (kind: string, boundary: string) =>
  `Content-Type: multipart/${kind}; boundary=${boundary}`
export const plain = (words: string) => ['Content-Type: text/plain', '', words]
export const html = (words: string) => ['Content-Type: text/html', '', words]
