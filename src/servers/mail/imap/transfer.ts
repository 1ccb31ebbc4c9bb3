/** Transfer encodings of parts (RFC 2045, section 6), taken off as the bytes come. */

export interface TransferDecoder {
  write(piece: Buffer): Buffer
  /** What is left. */
  end(): Buffer
}

const NOTHING = Buffer.alloc(0)
/** A line of quoted-printable has 76 characters; one that goes on for longer is cut. */
const LONG_LINE = 4096

export function transferDecoder(encoding: string): TransferDecoder {
  if (encoding === 'base64') return base64()
  if (encoding === 'quoted-printable') return quotedPrintable()
  return { write: (piece) => piece, end: () => NOTHING }
}

/** All at once. */
export function decoded(bytes: Buffer, encoding: string): Buffer {
  const decoder = transferDecoder(encoding)
  return Buffer.concat([decoder.write(bytes), decoder.end()])
}

function base64(): TransferDecoder {
  let kept = ''
  return {
    write(piece) {
      const digits = kept + piece.toString('latin1').replace(/[^A-Za-z0-9+/]+/g, '')
      const whole = digits.length - (digits.length % 4)
      kept = digits.slice(whole)
      return Buffer.from(digits.slice(0, whole), 'base64')
    },
    end: () => Buffer.from(kept, 'base64'),
  }
}

function quotedPrintable(): TransferDecoder {
  let kept = ''
  return {
    write(piece) {
      const text = kept + piece.toString('latin1')
      const line = text.lastIndexOf('\n') + 1
      const end = text.length - line > LONG_LINE ? beforeEscape(text) : line
      kept = text.slice(end)
      return fromQuotedPrintable(text.slice(0, end))
    },
    end: () => fromQuotedPrintable(kept),
  }
}

/** Where a text can be cut so that neither an escape is, nor spaces that may end a line. */
function beforeEscape(text: string): number {
  let end = text.length
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end--
  const cut = text.indexOf('=', end - 2)
  return cut === -1 ? end : cut
}

function fromQuotedPrintable(text: string): Buffer {
  const joined = text.replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '').replace(/=\r?\n/g, '')
  return Buffer.from(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}
