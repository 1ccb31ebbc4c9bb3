import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_XML_ATTRIBUTES, MAX_XML_DEPTH, readXml, streamXml, type XmlHandler, XmlProblem } from './xml.ts'

const SHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** Everything that is handled, a line each; pieces of one text put together. */
function handled(xml: string | Uint8Array): string[] {
  const lines: string[] = []
  readXml('its test.xml', Buffer.from(xml), telling(lines))
  return lines
}

function telling(lines: string[]): XmlHandler {
  let isText = false
  const line = (text: string) => {
    isText = false
    lines.push(text)
  }
  return {
    open: (name, attributes) =>
      line(
        ['<', name, ...Object.entries(attributes).map(([key, value]) => ` ${key}=${value}`)]
          .filter((part) => !part.startsWith(' xmlns'))
          .join(''),
      ),
    close: (name) => line(`/${name}`),
    text(text) {
      if (isText) lines[lines.length - 1] += text
      else lines.push(text)
      isText = true
    },
  }
}

const problem = (xml: string | Uint8Array): string => {
  try {
    handled(xml)
  } catch (problem) {
    assert.ok(problem instanceof XmlProblem, String(problem))
    return `${problem.kind}: ${problem.message}`
  }
  return 'none'
}

describe('names', () => {
  test('do not depend on the prefixes of a file', () => {
    const told = ['<x:row r:id=7', '<x:c', 'A', '/x:c', '/x:row']
    assert.deepEqual(handled(`<row xmlns="${SHEET}" xmlns:r="${RELATIONS}" r:id="7"><c>A</c></row>`), told)
    assert.deepEqual(
      handled(`<q:row xmlns:q="${SHEET}" xmlns:id="${RELATIONS}" id:id="7"><q:c>A</q:c></q:row>`),
      told,
    )
  })

  test('are those of a namespace as far as it reaches', () => {
    assert.deepEqual(
      handled(`<a><b xmlns="${SHEET}"><c xmlns=""/></b><p:d xmlns:p="urn:other"/><p:e/></a>`),
      [...['<a', '<x:b', '<c', '/c', '/x:b'], ...['<?:d', '/?:d', '<?:e', '/?:e', '/a']],
    )
  })
})

describe('text', () => {
  test('has the entities of XML and HTML, and none of its own', () => {
    assert.deepEqual(handled('<a>&lt;&#65;&#x1F600;&nbsp;<![CDATA[&amp;]]></a>'), [
      '<a',
      '<A\u{1F600}\u00a0&amp;',
      '/a',
    ])
    assert.match(problem('<a>&constructor;</a>'), /^damaged/)
    assert.match(problem('<a>&more;</a>'), /^damaged/)
  })

  for (const [name, bytes] of Object.entries({
    'UTF-8 with a mark': Buffer.from('\ufeff<a>ü€</a>'),
    'UTF-16 with a mark': Buffer.from('\ufeff<a>ü€</a>', 'utf16le'),
    'UTF-16 without one': Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a>ü€</a>', 'utf16le'),
    'UTF-16, the larger byte first': Buffer.from('\ufeff<a>ü€</a>', 'utf16le').swap16(),
    'the encoding that it declares': Buffer.from(
      '<?xml version="1.0" encoding="windows-1252"?><a>\xfc\x80</a>',
      'latin1',
    ),
    'an encoding that is not known, read as UTF-8': Buffer.from(
      '<?xml version="1.0" encoding="x-none"?><a>ü€</a>',
    ),
    'UTF-8 although it declares UTF-16': Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a>ü€</a>'),
  }))
    test(`is read in ${name}`, () => {
      assert.deepEqual(handled(bytes), ['<a', 'ü€', '/a'])
    })

  test('is the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        async (texts, length) => {
          const kept = texts.map((text) => text.replace(/[<&\r\]]|[^\t\n\u0020-\uffff]/g, '') || '-')
          const bytes = Buffer.from(
            `<?xml version="1.0"?><a>${kept.map((text) => `<b>${text}</b>`).join('')}</a>`,
          )
          const cut = async function* () {
            for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
          }
          const found: string[] = []
          let text = ''
          for await (const item of streamXml<string>('it', cut(), (emit) => ({
            text: (piece) => {
              text += piece
            },
            close(name) {
              if (name === 'b') emit(text)
              text = ''
            },
          })))
            found.push(item)
          assert.deepEqual(found, kept)
        },
      ),
    )
  })
})

describe('what has no end', () => {
  test('is refused where it declares entities, before one of them is used', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
      '',
    )
    assert.equal(
      problem(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a>&l9;</a>`),
      'damaged: its test.xml declares entities of its own',
    )
    assert.equal(
      problem('<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/passwd">]><a>&file;</a>'),
      'damaged: its test.xml declares entities of its own',
    )
  })

  test('is not fetched where it names a document type elsewhere', () => {
    assert.deepEqual(
      handled('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://localhost:9/x.dtd"><a/>'),
      ['<a', '/a'],
    )
  })

  test('is bounded in depth', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    assert.equal(problem(nested(MAX_XML_DEPTH)), 'none')
    assert.match(problem(nested(MAX_XML_DEPTH + 1)), /^too large: its test.xml nests deeper than 256/)
    assert.match(problem('<a>'.repeat(1_000_000)), /^too large/)
  })

  test('is bounded in the attributes of an element', () => {
    const element = (count: number) =>
      `<a ${Array.from({ length: count }, (_, i) => `n${i}="1"`).join(' ')}/>`
    assert.equal(problem(element(MAX_XML_ATTRIBUTES)), 'none')
    assert.match(
      problem(element(MAX_XML_ATTRIBUTES + 1)),
      /^too large: its test.xml has an element with more than 500/,
    )
    assert.match(problem(element(300_000)), /^too large/)
    assert.match(problem('<a hasOwnProperty="1" b="2"/>'), /^damaged/)
  })

  test('is bounded in what is held, such as an attribute, a name or a comment', () => {
    const long = 'x'.repeat(2 * 1024 * 1024)
    for (const xml of [
      `<a b="${long}"/>`,
      `<${long}/>`,
      `<!--${long}--><a/>`,
      `<a ${long}="1"/>`,
      `<a>&${long};</a>`,
    ])
      assert.match(problem(xml), /^(?:too large|damaged)/)
    assert.equal(handled(`<a>${long}</a>`)[1], long)
  })
})

test('what is cut off is damaged, after all before it has been handled', async () => {
  const read: string[] = []
  const bytes = async function* () {
    yield Buffer.from('<a><b/><b/><')
  }
  await assert.rejects(
    async () => {
      for await (const name of streamXml<string>('its test.xml', bytes(), (emit) => ({ close: emit })))
        read.push(name)
    },
    { name: 'XmlProblem', kind: 'damaged', message: 'its test.xml is not well-formed XML' },
  )
  assert.deepEqual(read, ['b', 'b'])
})

test('any bytes are read or refused, and nothing else is thrown', () => {
  const tokens = [
    '<',
    '>',
    '/',
    'a',
    '"',
    '=',
    '&',
    ';',
    '!',
    '[',
    ']',
    '-',
    '?',
    ' ',
    'xmlns',
    ':',
    '__proto__',
    '\0',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 60 }), (parts) => {
      problem(`<a>${parts.join('')}</a>`)
      problem(parts.join(''))
    }),
  )
})
