import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { type BadAccount, type FileAccount, readAccounts } from './accounts-file.ts'
import { removePasswords } from './remove-passwords.ts'

const HOME = `  home:
    host: imap.example.org
    port: 993
    user: ada@example.org
    # of the year before last
    password: "pass: word"
    ssl: true
`

const keeping = (...names: string[]) => ({ kept: new Set(names), keptToSend: new Set<string>() })

function file(text: string) {
  const folder = temporaryDirectory()
  const path = join(folder.path, 'mail_accounts.yaml')
  writeFileSync(path, text, { mode: 0o600 })
  return { path, text: () => readFileSync(path, 'utf8'), [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

test('accounts are read in both layouts', async () => {
  for (const text of [`accounts:\n${HOME}`, HOME.replace(/^ {2}/gm, '')]) {
    using one = file(text)
    const { accounts } = await readAccounts(one.path)
    assert.deepEqual(accounts, [
      {
        name: 'home',
        place: `${one.path}:${text.startsWith('accounts') ? 2 : 1}`,
        id: 'home',
        email: 'ada@example.org',
        host: 'imap.example.org',
        port: 993,
        security: 'tls',
        user: 'ada@example.org',
        password: 'pass: word',
        pin: undefined,
        smtp: undefined,
        smtpPassword: undefined,
      },
    ])
  }
})

test('what is not said is as it was, and what was not encrypted is encrypted', async () => {
  using one = file(
    [
      'a: { host: h, user: ada, email: a@x.org, password: p }',
      'b: { host: h, user: b@x.org, password: p, starttls: true }',
      'c: { host: h, user: c@x.org, password: p, ssl: false, port: "1143" }',
      'd@x.org: { host: h, user: d, password: p, auth_type: password }',
    ].join('\n'),
  )
  const accounts = (await readAccounts(one.path)).accounts as FileAccount[]
  assert.deepEqual(
    accounts.map(({ id, email, port, security }) => [id, email, port, security]),
    [
      ['a', 'a@x.org', 993, 'tls'],
      ['b', 'b@x.org', 143, 'starttls'],
      ['c', 'c@x.org', 1143, 'starttls'],
      ['d-x-org', 'd@x.org', 993, 'tls'],
    ],
  )
})

test('where it is sent by is taken over, with a password and a certificate of its own', async () => {
  const account = 'host: h, user: a@x.org, password: p, smtp_host: s'
  using one = file(
    `a: { ${account}, smtp_port: 587 }\nb: { ${account}, smtp_user: u }\nc: { ${account}, smtp_password: q, smtp_pin: f1 }\nd: { ${account.replace('h,', 's, pin: f2,')}, smtp_password: p }\n`,
  )
  const accounts = (await readAccounts(one.path)).accounts as FileAccount[]
  assert.deepEqual(
    accounts.map(({ smtp, smtpPassword }) => [smtp, smtpPassword]),
    [
      [{ host: 's', port: 587, security: 'starttls', user: 'a@x.org' }, undefined],
      [{ host: 's', port: 465, security: 'tls', user: 'u' }, undefined],
      [{ host: 's', port: 465, security: 'tls', user: 'a@x.org', pin: 'f1' }, 'q'],
      [{ host: 's', port: 465, security: 'tls', user: 'a@x.org', pin: 'f2' }, undefined],
    ],
  )
})

for (const [what, settings, why] of [
  ['a list', '[1]', /list of settings/],
  ['no host', '{ user: a@x.org, password: p }', /has no "host"/],
  ['no password', '{ host: h, user: a@x.org }', /has no "password"/],
  [
    'a password that YAML takes for a number',
    '{ host: h, user: a@x.org, password: 0123 }',
    /"password".*in quotes/,
  ],
  ['no address', '{ host: h, user: ada, password: p }', /no "email"/],
  ['a port that is none', '{ host: h, user: a@x.org, password: p, port: 99999 }', /"port" must be a number/],
  [
    'a switch that is none',
    '{ host: h, user: a@x.org, password: p, ssl: maybe }',
    /"ssl" must be true or false/,
  ],
  ['OAuth', '{ host: h, user: a@x.org, auth_type: oauth2 }', /luca mail add ADDRESS --oauth/],
] as const)
  test(`an account with ${what} is told with its line, and the others are read`, async () => {
    using one = file(`good: { host: h, user: g@x.org, password: p }\nbad: ${settings}\n`)
    const [good, bad] = (await readAccounts(one.path)).accounts as [FileAccount, BadAccount]
    assert.equal(good.id, 'good')
    assert.match(bad.why, why)
    assert.equal(bad.place, `${one.path}:2`)
  })

test('two that would have the same name are told apart by a person', async () => {
  const settings = '{ host: h, user: a@x.org, password: p }'
  using one = file(`Work: ${settings}\nwork: ${settings}\n`)
  const [, second] = (await readAccounts(one.path)).accounts as [FileAccount, BadAccount]
  assert.match(second.why, /would be called work, as another/)
})

test('what is no file of accounts is refused, and nothing of it is told', async () => {
  for (const [text, why] of [
    ['', /no accounts in it/],
    ['accounts: []', /no accounts in it/],
    ['just words', /no accounts in it/],
    ['a: {\n  password: hunter2', /not valid YAML/],
    ['a: { password: hunter2 }\na: { password: hunter2 }', /stands twice/],
    [
      `a: &a [${'x,'.repeat(400)}]\nb: &b [${'*a,'.repeat(400)}]\nc: [${'*b,'.repeat(400)}]`,
      /more than 100000 values/,
    ],
    ['x'.repeat(2 * 1024 * 1024), /longer|more than|larger/],
    [Array.from({ length: 51 }, (_, i) => `a${i}: {}`).join('\n'), /51 accounts, and 50 are the most/],
  ] as const) {
    using one = file(text)
    await assert.rejects(readAccounts(one.path), (error: Error) => {
      assert.match(error.message, why)
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })
  }
  await assert.rejects(readAccounts('/none.yaml'), /There is no file \/none\.yaml/)
})

test('passwords are taken out, and all else stays as it was, with its mode and behind its link', async () => {
  const other = '  work:\n    host: h\n    user: b@x.org\n    password: another # stays\n'
  using one = file(`# mine\naccounts:\n${HOME}${other}`)
  chmodSync(one.path, 0o640)
  symlinkSync(one.path, `${one.path}.link`)
  await removePasswords(`${one.path}.link`, await readAccounts(one.path), keeping('home'))
  assert.equal(one.text(), `# mine\naccounts:\n${HOME.replace(/ +password.*\n/, '')}${other}`)
  assert.equal(statSync(one.path).mode & 0o777, 0o640)
})

test('passwords in other layouts are taken out too', async () => {
  using one = file(
    'a: { host: h, user: a@x.org, password: p, smtp_password: p }\nb:\n  host: h\n  user: b@x.org\n  password: >-\n    q\n  smtp_password: r\n',
  )
  await removePasswords(one.path, await readAccounts(one.path), keeping('a', 'b'))
  assert.equal(
    one.text(),
    'a:\n  host: h\n  user: a@x.org\nb:\n  host: h\n  user: b@x.org\n  smtp_password: r\n',
  )
})

test('a password for sending is taken out once it is kept too', async () => {
  using one = file('b:\n  host: h\n  user: b@x.org\n  password: q\n  smtp_host: s\n  smtp_password: r\n')
  const kept = { kept: new Set(['b']), keptToSend: new Set(['b']) }
  await removePasswords(one.path, await readAccounts(one.path), kept)
  assert.equal(one.text(), 'b:\n  host: h\n  user: b@x.org\n  smtp_host: s\n')
})

test('a file that was changed meanwhile stays as it is', async () => {
  using one = file('a: { host: h, user: a@x.org, password: p }\n')
  const read = await readAccounts(one.path)
  writeFileSync(one.path, 'a: { host: h, user: a@x.org, password: q }\n')
  await assert.rejects(removePasswords(one.path, read, keeping('a')), /was changed meanwhile/)
  assert.match(one.text(), /password: q/)
})
