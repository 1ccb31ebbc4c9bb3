import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Found, readMailHtml } from './html.ts'

function read(html: string): { text: string; found: Found } {
  const found: Found = { hasUnseen: false, farPictures: 0 }
  const text = [...readMailHtml(html, found)].map((block) => block.text).join('\n')
  return { text, found }
}

describe('HTML of a mail', () => {
  test('has no text that nobody sees, and tells that there was some', () => {
    for (const hidden of [
      '<p style="display: NONE !important">x</p>',
      '<p style="visibility:hidden">x</p>',
      '<p style="opacity:0.01">x</p>',
      '<p style="font-size:1px">x</p>',
      '<p style="font:0/0 serif">x</p>',
      '<p style="color:transparent">x</p>',
      '<p style="color:rgba(1,2,3,0)">x</p>',
      '<p style="color:#fff">x</p>',
      '<body bgcolor="#222"><p style="color:#212121">x</p></body>',
      '<p style="text-indent:-9999px">x</p>',
      '<p style="position:absolute;top:-100em">x</p>',
      '<p style="position:absolute;clip:rect(0,0,0,0)">x</p>',
      '<p style="clip-path: inset(100%)">x</p>',
      '<p style="width:0;overflow:hidden">x</p>',
      '<p style="transform:scale(0)">x</p>',
      '<style>#a { color: white }</style><p id="a">x</p>',
      '<style>/* { */ p.a, b {display:none}</style><p class="b a">x</p>',
    ])
      assert.deepEqual(
        read(`${hidden}<p>Seen</p>`),
        { text: 'Seen', found: { hasUnseen: true, farPictures: 0 } },
        hidden,
      )
  })

  test('has what is seen, however it is coloured', () => {
    for (const seen of [
      '<p style="color:white;background:#036">Seen</p>',
      '<div style="background-image:url(x.png)"><p style="color:white">Seen</p></div>',
      '<p style="font-size:9pt;opacity:.9">Seen</p>',
      '<p style="height:0">Seen</p>',
      '<style>@media print { p { display: none } }</style><p>Seen</p>',
    ])
      assert.deepEqual(read(seen), { text: 'Seen', found: { hasUnseen: false, farPictures: 0 } }, seen)
  })

  test('has links that show where they lead', () => {
    for (const [link, text] of [
      ['<a href="https://a.example/x">Here</a>', '[Here](https://a.example/x)'],
      ['<a href="https://a.example/x">https://a.example/x</a>', '<https://a.example/x>'],
      ['<a href="https://www.a.example/">a.example</a>', '[a.example](https://www.a.example/)'],
      [
        '<a href="https://b.example/">https://a.example/</a>',
        '[https://a.example/](https://b.example/) (this link leads to b.example)',
      ],
      [
        '<a href="https://a.example@b.example/">a.example</a>',
        '[a.example](https://a.example@b.example/) (this link leads to b.example)',
      ],
      ['<a href="mailto:a@b.example">a@b.example</a>', 'a@b.example'],
      ['<a href="javascript:alert(1)">Here</a>', 'Here'],
      ['<a href="https://a.example/(x)">[Here]</a>', '[\\[Here\\]](https://a.example/%28x%29)'],
      ['see <a href="https://a.example/">this </a>now', 'see [this](https://a.example/) now'],
      ['<a href="https://a.example/"><p>One</p><p>Two</p></a>', '[One](https://a.example/)\nTwo'],
      [
        '<a href="https://a.example/"><img src="https://a.example/1.png"></a>',
        '[picture](https://a.example/)',
      ],
    ])
      assert.equal(read(link ?? '').text, text)
  })

  test('is read in time that grows with its length', () => {
    for (const html of [
      '<style>'.repeat(50_000),
      `<style>${Array.from({ length: 20_000 }, (_, i) => `.x{p${i}:1}`).join('')}</style>${'<p class="x x x x">y'.repeat(20_000)}`,
      '<div style="color:red">'.repeat(20_000),
      `<style>${'{'.repeat(200_000)}</style>x`,
      `<style>${'/*'.repeat(100_000)}</style>x`,
      '<a href="https://a.example/">'.repeat(20_000),
      `<p style="${'color:red;'.repeat(100_000)}">x`,
    ])
      assert.ok(read(html).text.length <= html.length * 2)
  })
})
