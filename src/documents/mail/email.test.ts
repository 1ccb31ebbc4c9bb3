import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HeadingPath } from '../headings.ts'
import { all } from '../testing/all.ts'
import { readEmail } from './email.ts'

const blocks = async (...lines: string[]) => {
  const mail = await readEmail(Buffer.from(lines.join('\r\n')), { name: 'a.eml' })
  const path = new HeadingPath(mail.title)
  return (await all(mail.blocks())).map((block) => [path.of(block).join(' › '), block.text])
}

describe('a mail', () => {
  test('is who, what about and its paragraphs, below its subject', async () => {
    assert.deepEqual(
      await blocks(
        'From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>',
        'To: Ada <ada@example.org>, b@example.org',
        'Date: Sat, 28 Nov 2026 10:00:00 +0100',
        'Subject: =?iso-8859-1?Q?Sch=F6ne_Gr=FC=DFe?=',
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'The boiler is b=F6se.',
        '',
        'Call me.',
      ),
      [
        [
          'Schöne Grüße',
          'Subject: Schöne Grüße\nFrom: Jürgen <j@example.org>\nTo: Ada <ada@example.org>, b@example.org\nDate: 2026-11-28T09:00:00.000Z',
        ],
        ['Schöne Grüße', 'The boiler is böse.'],
        ['Schöne Grüße', 'Call me.'],
      ],
    )
  })

  test('has its text where it has both, else that of its HTML, and the names of what is attached', async () => {
    const part = (type: string, body: string) => ['--b', `Content-Type: ${type}`, '', body]
    const mail = (...parts: string[][]) =>
      blocks(
        'Subject: s',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        ...parts.flat(),
        '--b--',
      )
    const attached = [
      '--b',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="bill.pdf"',
      '',
      'x',
    ]
    assert.deepEqual(await mail(part('text/plain', 'plain words'), attached), [
      ['s', 'Subject: s\nAttachments: bill.pdf'],
      ['s', 'plain words'],
    ])
    assert.deepEqual((await mail(part('text/html', '<p>html <b>words</b></p><script>x</script>'))).at(-1), [
      's',
      'html words',
    ])
  })

  test('is refused where it is nested without end, and read where it is nothing', async () => {
    const lines = Array.from(
      { length: 500 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}`,
    )
    await assert.rejects(blocks(...lines))
    assert.deepEqual(await blocks(''), [])
    assert.deepEqual(await blocks('no header at all'), [])
  })
})
