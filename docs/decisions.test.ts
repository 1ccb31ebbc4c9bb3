import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const FOLDER = join(import.meta.dirname, 'decisions')
const names = readdirSync(FOLDER).filter((name) => /^\d.*\.md$/.test(name))
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')
const SECTIONS = ['Context', 'Decision', 'Alternatives', 'Consequences']

for (const name of names)
  test(`${name} has the form of every decision`, () => {
    const text = read(name)
    const number = Number(name.slice(0, 4))
    assert.match(
      text,
      new RegExp(
        `^# ${number}\\. .+\n\n- \\*\\*Status\\*\\*: (?:accepted|superseded by \\d+)\n- \\*\\*Date\\*\\*: \\d{4}-\\d\\d-\\d\\d\n\n## `,
      ),
    )
    const sections = text.split(/^## /m).slice(1)
    assert.deepEqual(
      sections.map((section) => section.split('\n')[0]),
      SECTIONS,
    )
    for (const section of sections) assert.notEqual(section.split('\n').slice(1).join('').trim(), '', name)
  })

test('the list of decisions has the title, date and status of each', () => {
  const rows = names.map((name) => {
    const [, number, title] = /^# (\d+)\. (.+)$/m.exec(read(name)) ?? []
    const [, status] = /\*\*Status\*\*: (.+)/.exec(read(name)) ?? []
    const [, date] = /\*\*Date\*\*: (.+)/.exec(read(name)) ?? []
    return `| ${number} | [${title}](${name}) | ${date} | ${status} |`
  })
  assert.deepEqual(
    read('README.md')
      .split('\n')
      .filter((line) => /^\| \d/.test(line)),
    rows,
  )
})
