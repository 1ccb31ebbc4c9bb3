/** What a terminal shows when all is ready. */
import { isAbsolute, relative } from 'node:path'
import type { Io } from '../command/io.ts'
import { styled, table } from '../command/output.ts'
import { qrCode } from '../command/qr-code.ts'
import { urlOf } from './announcement.ts'
import type { Started } from './appliance.ts'

/** A QR code of the URL, and what to do next. */
export function welcome(appliance: Pick<Started, 'places' | 'port'>, io: Io, cwd = process.cwd()): string[] {
  const columns = (io.stdout as { columns?: number }).columns ?? 80
  const luca = shortest(appliance.places.command, cwd)
  const advice = [
    'Next, in another window:',
    '',
    ...table([
      [`  ${luca}`, 'chat, files, tools'],
      [`  ${luca} connect`, 'set up your client'],
      [`  ${luca} search "…"`, 'find files by meaning'],
      [`  ${luca} model list`, 'get a language model'],
      [`  ${luca} log --follow`, 'see what happens'],
    ]),
    '',
    'The code holds the URL below, for programs of',
    'this machine: no other can reach it there.',
    'Press Ctrl-C to stop it.',
  ]
  const code = qrCode(urlOf(appliance)).map((text) =>
    styled(io.stdout, io.env, ['whiteBright', 'bgBlack'], text),
  )
  const width = qrCode(urlOf(appliance))[0]?.length ?? 0
  if (io.env.TERM === 'dumb' || columns < width) return ['', ...advice, '']
  if (columns < width + 2 + Math.max(...advice.map((text) => text.length)))
    return ['', ...code, '', ...advice, '']
  const above = Math.max(0, Math.floor((code.length - advice.length) / 2))
  return ['', ...code.map((text, row) => `${text}  ${advice[row - above] ?? ''}`.trimEnd()), '']
}

/** A program as it can be typed in a folder. */
function shortest(program: string, cwd: string): string {
  const near = relative(cwd, program)
  return near.startsWith('..') || isAbsolute(near) ? program : near
}
