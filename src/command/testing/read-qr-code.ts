/** Reads a QR code of a terminal as a camera would, with the decoder of its package. */
import decodeQR from 'qr/decode.js'

/** How many dots a module is wide. */
const DOTS = 4
const LIGHT = { '█': [true, true], '▀': [true, false], '▄': [false, true] } as Readonly<
  Record<string, readonly [boolean, boolean]>
>

/** `lines` are of `qrCode`, as they stand on the screen. Throws where there is no code that can be read. */
export function readQrCode(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => {
    const halves = [...line].map((char) => LIGHT[char] ?? [false, false])
    return [halves.map(([upper]) => upper), halves.map(([, lower]) => lower)]
  })
  const width = (rows[0]?.length ?? 0) * DOTS
  const height = rows.length * DOTS
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.fill(
        rows[Math.floor(y / DOTS)]?.[Math.floor(x / DOTS)] ? 255 : 0,
        (y * width + x) * 3,
        (y * width + x + 1) * 3,
      )
  return decodeQR({ width, height, data })
}
