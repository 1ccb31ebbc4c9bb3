/** Messages that are made up, as an mbox that `doveadm import` reads. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const DAY_MS = 86_400_000
const WORDS =
  'invoice order meeting ticket report holiday train garden family budget release server kitchen garage library concert insurance doctor school update travel hotel contract photo recipe weekend project review draft schedule reminder account payment delivery question answer thanks hello'.split(
    ' ',
  )
const FIRST_NAMES = 'Ada Bob Cleo Dan Eve Finn Greta Hugo Iris Jan Karla Leo Mia Noah Ole Pia'.split(' ')
const LAST_NAMES = 'Archer Becker Cohen Dubois Evans Fischer Garcia Hansen Ivanov Jensen Keller Lopez'.split(
  ' ',
)

/** The same for the same number, so that all runs measure the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Writes `count` messages, the newest last: a day has about twenty. */
export async function writeMbox(path: string, count: number, now: number): Promise<void> {
  const file = createWriteStream(path)
  const random = randomFrom(1)
  const pick = (all: readonly string[]) => all[Math.floor(random() * all.length)] as string
  const words = (n: number) => Array.from({ length: n }, () => pick(WORDS)).join(' ')
  const person = () => {
    const [first, last] = [pick(FIRST_NAMES), pick(LAST_NAMES)]
    return `${first} ${last} <${first}.${last}@${pick(WORDS)}.example>`.toLowerCase()
  }
  for (let i = 0; i < count; i++) {
    const date = new Date(now - (count - i) * (DAY_MS / 20)).toUTCString()
    const lines = [
      'From eva@example.org Thu Jan  1 00:00:00 1970',
      `Return-Path: <bounce-${i}@lists.example>`,
      `Received: from mx${i % 7}.example by mail.example with ESMTPS id ${i}; ${date}`,
      `Message-ID: <${i}@mail.example>`,
      ...(i % 3 === 0 && i > 50
        ? [`In-Reply-To: <${i - 50}@mail.example>`, `References: <${i - 50}@mail.example>`]
        : []),
      `Date: ${date}`,
      `From: ${person()}`,
      `To: Ada <ada@example.org>${i % 4 === 0 ? `, ${person()}` : ''}`,
      `Subject: ${words(3 + (i % 6))} ${i}`,
      'MIME-Version: 1.0',
      ...body(i, words(40 + Math.floor(random() * 120))),
      '',
    ]
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}

/** Plain; with HTML beside it; and with something attached. */
function body(i: number, text: string): string[] {
  const plain = ['Content-Type: text/plain; charset=utf-8', '', text]
  if (i % 10 < 5) return plain
  const html = ['Content-Type: text/html; charset=utf-8', '', `<html><body><p>${text}</p></body></html>`]
  const both = [
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    ...plain,
    '--a',
    ...html,
    '--a--',
  ]
  if (i % 10 < 9) return both
  const attached = [
    'Content-Type: application/pdf',
    `Content-Disposition: attachment; filename="file-${i}.pdf"`,
  ]
  const base64 = ['Content-Transfer-Encoding: base64', '', 'QUJD'.repeat(200)]
  return [
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    ...both,
    '--m',
    ...attached,
    ...base64,
    '--m--',
  ]
}

/** One of so many bytes of which a few are text. */
export function largeMessage(bytes: number): string {
  const line = `${'QUJD'.repeat(19)}\r\n`
  return [
    'Subject: large',
    'From: eva@example.org',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Here is the film.',
    '--m',
    'Content-Type: video/mp4; name="film.mp4"',
    'Content-Disposition: attachment; filename="film.mp4"',
    'Content-Transfer-Encoding: base64',
    '',
    `${line.repeat(Math.ceil(bytes / line.length))}--m--`,
    '',
  ].join('\r\n')
}
