/** Texts in the encodings of others: Node only reads them, so the tables are made by reading all that there is. */

const tables = new Map<string, Map<string, Buffer>>()

/** Undefined where the encoding lacks a character. Of those with several bytes, the characters that have two at most. */
export function encode(text: string, encoding: string): Buffer | undefined {
  if (encoding === 'utf-8') return Buffer.from(text)
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le')
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  const table = tableOf(encoding)
  const bytes = [...text].map((character) => table.get(character))
  return bytes.includes(undefined) ? undefined : Buffer.concat(bytes as Buffer[])
}

/** All that can be written in it. */
export const charactersOf = (encoding: string): string[] => [...tableOf(encoding).keys()]

function tableOf(encoding: string): Map<string, Buffer> {
  const known = tables.get(encoding)
  if (known) return known
  const table = new Map<string, Buffer>()
  const decoder = new TextDecoder(encoding, { fatal: true })
  const note = (bytes: Buffer) => {
    try {
      const text = decoder.decode(bytes)
      if ([...text].length === 1 && !table.has(text)) table.set(text, bytes)
    } catch {
      // No character.
    }
  }
  for (let one = 0; one < 256; one++) note(Buffer.from([one]))
  for (let one = 0x80; one < 256; one++) for (let two = 0x30; two < 256; two++) note(Buffer.from([one, two]))
  tables.set(encoding, table)
  return table
}
