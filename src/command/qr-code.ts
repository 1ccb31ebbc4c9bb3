/** A text as a QR code (ISO/IEC 18004) for terminals. */
import encodeQR from 'qr'

/**
 * Its lines, two rows of modules in each; what is light is drawn, so that it is right in light on dark. Its quiet zone is two
 * modules wide, which readers are content with.
 */
export function qrCode(text: string): string[] {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 2 })
  const lines: string[] = []
  for (let top = 0; top < rows.length; top += 2)
    lines.push(
      (rows[top] ?? []).map((dark, column) => block(!dark, rows[top + 1]?.[column] === false)).join(''),
    )
  return lines
}

const block = (upper: boolean, lower: boolean): string => (upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ')
