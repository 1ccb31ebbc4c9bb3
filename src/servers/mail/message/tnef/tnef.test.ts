import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { attachedMessage, otherProperties, property, sentAt, tnef, uncompressed } from '../../testing/tnef.ts'
import { uncompressedRtf } from './compressed-rtf.ts'
import { PROPERTY } from './properties.ts'
import { readPackage, unpack } from './read-package.ts'
import { rtfText } from './rtf.ts'

const { body, compressedRtf, html, longFileName } = PROPERTY
const ALL = tnef({
  properties: [...otherProperties(), property(body, 'Grüße, Привет')],
  files: [
    { title: 'RECHNU~1.PDF', data: '12345', properties: [property(longFileName, 'Rechnung für Ада.pdf')] },
    { title: 'old.doc', data: '' },
  ],
})
const RTF = Buffer.from(
  '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
  'hex',
)

describe('of a package of Outlook', () => {
  test('text and files are read, with their long names', async () => {
    const { text, files, isDamaged } = await readPackage(ALL)
    assert.equal(text, 'Grüße, Привет')
    assert.deepEqual(files, [
      { name: 'Rechnung für Ада.pdf', size: 5 },
      { name: 'old.doc', size: 0 },
    ])
    assert.equal(isDamaged, false)
  })

  test('the text is read in whichever way it is there', async () => {
    const textOf = async (...properties: Buffer[]) => (await readPackage(tnef({ properties }))).text
    assert.equal(
      await textOf(property(html, Buffer.from('<p>Sch\xf6n</p><p hidden>no</p>', 'latin1'))),
      'Schön',
    )
    assert.equal(await textOf(property(compressedRtf, RTF)), 'hello world')
    assert.equal((await readPackage(tnef({ body: 'Sch\xf6n' }))).text, 'Schön')
    const rtf =
      "{\\rtf1\\ansi\\ansicpg1251\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 \\'cf\\u1088?{\\*\\htmltag84 &amp;}\\htmlrtf no}\\htmlrtf0{\\*\\htmltag72 </p>}}"
    assert.equal(await textOf(property(compressedRtf, uncompressed(rtf))), 'Пр&')
  })

  test('messages within it are read with who sent them, and files of theirs by their names', async () => {
    const inner = (subject: string, text: string, file?: { title: string; data: string }) => ({
      properties: [
        property(PROPERTY.subject, subject),
        sentAt(1_793_437_200),
        property(PROPERTY.sender, 'Eva'),
        property(PROPERTY.senderAddress, 'eva@example.com'),
        property(PROPERTY.sentTo, 'Ada; Bob'),
        property(body, text),
      ],
      files: file ? [file] : [],
    })
    const deepest = { title: 'x', data: '', properties: [attachedMessage(inner('Third', 'Deep.'))] }
    const second = inner('Second', 'The keys.', { title: 'plan.pdf', data: '123' })
    const whole = tnef({
      properties: [property(body, 'See below.')],
      files: [
        { title: 'own.txt', data: 'a' },
        {
          title: 'y',
          data: '',
          properties: [attachedMessage({ ...second, files: [...second.files, deepest] })],
        },
      ],
    })
    const { text, files, messages, isDamaged } = await readPackage(whole)
    assert.deepEqual([text, isDamaged], ['See below.', false])
    assert.deepEqual(
      files.map(({ name }) => name),
      ['own.txt', 'plan.pdf'],
    )
    assert.deepEqual(
      messages.map((one) => [one.heading.subject, one.text]),
      [
        ['Second', 'The keys.'],
        ['Third', 'Deep.'],
      ],
    )
    const [{ heading } = { heading: undefined }] = messages
    assert.deepEqual(heading, {
      subject: 'Second',
      from: [{ name: 'Eva', address: 'eva@example.com' }],
      to: [
        { name: 'Ada', address: '' },
        { name: 'Bob', address: '' },
      ],
      cc: [],
      sentAt: Date.parse('2026-10-31T09:00:00Z'),
    })
    assert.equal(String((await unpack(whole, 'PLAN.pdf'))?.data), '123')
  })

  test('messages within messages without end, end', async () => {
    let message: Parameters<typeof tnef>[0] = { body: 'The last.' }
    for (let i = 0; i < 200; i++)
      message = { files: [{ title: '', data: '', properties: [attachedMessage(message)] }] }
    assert.equal((await readPackage(tnef(message))).messages.length, 5)
    const many = Array.from({ length: 150 }, () => ({
      data: '',
      properties: [attachedMessage({ body: 'One of many.' })],
    }))
    assert.equal((await readPackage(tnef({ files: many }))).messages.length, 12)
  })

  test('what is cut off or changed is damaged, and what is whole is told', async () => {
    const cut = await readPackage(ALL.subarray(0, -20))
    assert.deepEqual([cut.text, cut.isDamaged], ['Grüße, Привет', true])
    const changed = Buffer.from(ALL)
    changed.writeUInt8(0x36, changed.indexOf('12345'))
    assert.equal((await readPackage(changed)).isDamaged, true)
    assert.equal((await readPackage(Buffer.from('x'))).isDamaged, true)
  })

  test('nothing is read of what is no package, and damaged ones end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(ALL.length), async (noise, at) => {
        const bytes = Buffer.from(noise)
        const all = Buffer.concat([ALL.subarray(0, at), bytes, ALL.subarray(at + bytes.length)])
        for (const hostile of [bytes, all, tnef({ properties: [property(compressedRtf, bytes)] })]) {
          const { files, text } = await readPackage(hostile)
          assert.ok(files.length <= 200 && text.length <= 512 * 1024)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('RTF', () => {
  test('is uncompressed as its description says', () => {
    const runs = Buffer.from('1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0', 'hex')
    assert.equal(String(uncompressedRtf(RTF)), '{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n')
    assert.equal(String(uncompressedRtf(runs)), '{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}')
  })

  test('is read without its fonts and its marks', async () => {
    const rtf =
      "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\\uc1 A \\{b\\}\\par\\'e4\\u8364?\\tab c{\\pict 00ff}\\line d}"
    assert.deepEqual(await rtfText(Buffer.from(rtf)), { type: 'text/plain', text: 'A {b}\nä€\tc\nd' })
  })

  test('of any bytes is some text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom(
            '{',
            '}',
            '\\',
            "\\'",
            '\\u',
            '\\uc',
            '-1',
            '99999999999',
            '*',
            '\\htmltag',
            ' ',
            'x',
          ),
        ),
        async (all) => {
          assert.equal(
            typeof (await rtfText(Buffer.from(`{\\rtf1\\fromhtml1 ${all.join('')}`))).text,
            'string',
          )
        },
      ),
    )
  })
})
