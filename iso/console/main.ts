/** Makes a font of the image from one of a package: main.ts FROM, which may be compressed, TO. */
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { addMissing } from './drawn.ts'
import { readFont, writeFont } from './psf.ts'

const [from = '', to = ''] = process.argv.slice(2)
const bytes = readFileSync(from)
const font = readFont(from.endsWith('.gz') ? gunzipSync(bytes) : bytes)
addMissing(font)
writeFileSync(to, writeFont(font))
