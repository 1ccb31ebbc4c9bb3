import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineWidth, plainText } from '../../text/lines.ts'
import { AREA, WORLD } from '../testing/setting.ts'
import { lucaFor, update } from './model.ts'
import { INITIAL, type MailEffect, type MailMessage, type MailState } from './state.ts'
import { mail } from './view.ts'

type Tool = Extract<MailEffect, { type: 'tool' }>
const ADA = { id: 'ada', email: 'ada@example.org', host: 'imap.example.org', allowed: 'read' }
const BOB = { ...ADA, id: 'bob', email: 'bob@example.org' }

const email = (id: number, own: object = {}) => ({
  id,
  mailbox: 'INBOX',
  subject: `Subject ${id}`,
  from: `Eva <eva${id}@example.com>`,
  to: 'ada@example.org',
  date: '2026-11-28T08:00:00.000Z',
  seen: false,
  attachments: [],
  ...own,
})
const gave = (structuredContent: object) => ({
  ok: true as const,
  value: { resultType: 'complete' as const, content: [], structuredContent },
})
const failed = (text: string) => ({
  ok: true as const,
  value: { resultType: 'complete' as const, content: [{ type: 'text' as const, text }], isError: true },
})

const next = (state: MailState, message: Parameters<typeof update>[1]) => update(state, message, AREA)
const press = (state: MailState, ...keys: string[]) =>
  keys.reduce((before, key) => next(before.state, { type: 'key', key }), { state, effects: [] } as ReturnType<
    typeof next
  >)
const toolOf = ({ effects }: { effects: readonly MailEffect[] }): Tool => {
  const [tool] = effects.filter((effect): effect is Tool => effect.type === 'tool')
  assert.ok(tool)
  return tool
}
const screen = (state: MailState, area = AREA): string[] => mail.draw(state, area, WORLD).lines.map(plainText)

/** With these accounts, and what is in the inbox of the first. */
function listed(
  messages: object[],
  { accounts = [ADA], ...more }: { accounts?: object[]; note?: string; nextCursor?: string } = {},
) {
  const known = next(
    INITIAL,
    toolOf(next(INITIAL, { type: 'shown' })).reply(gave({ accounts })) as MailMessage,
  )
  return next(known.state, toolOf(known).reply(gave({ messages, ...more }))).state
}

test('the inbox is listed with what is unread, who it is from and what is attached', () => {
  const known = next(INITIAL, toolOf(next(INITIAL, { type: 'shown' })).reply(gave({ accounts: [ADA] })))
  const list = toolOf(known)
  assert.deepEqual(
    [list.name, list.arguments],
    ['mail_list_emails', { account: 'ada', limit: 50, mailbox: 'inbox' }],
  )
  const state = listed([email(1), email(2, { seen: true, attachments: ['bill.pdf'] })], {
    note: 'As of 9:00.',
  })
  const [head, note, heads, first, second] = screen(state)
  assert.match(head ?? '', /^inbox · ada@example\.org +2$/)
  assert.equal(note, 'As of 9:00.')
  assert.match(heads ?? '', /DATE +FROM +SUBJECT/)
  assert.match(first ?? '', /● +2026-11-28 +Eva +Subject 1/)
  assert.match(second ?? '', /^ +2026-11-28 +Eva +Subject 2 \[1 attached\]/)
  assert.equal(lucaFor(state), 'luca mail list inbox')
})

test('without an account it says how to add one, and asks again', () => {
  const state = next(INITIAL, toolOf(next(INITIAL, { type: 'shown' })).reply(gave({ accounts: [] }))).state
  assert.match(screen(state).join(' '), /no account yet.*luca mail add ADDRESS/)
  assert.equal(toolOf(press(state, 'r')).name, 'mail_list_accounts')
  assert.equal(lucaFor(state), 'luca mail add ADDRESS')
})

test('what goes wrong is shown, and what is known stays', () => {
  const shown = next(INITIAL, { type: 'shown' })
  const broken = next(INITIAL, toolOf(shown).reply({ ok: false, error: 'The server is gone.' })).state
  assert.match(screen(broken).join(' '), /The server is gone\./)
  const again = press(listed([email(1)]), 'r')
  assert.equal(toolOf(again).arguments.fresh, true)
  const state = next(
    again.state,
    toolOf(again).reply(failed('imap.example.org refuses the name or the password.')),
  ).state
  assert.match(screen(state).join(' '), /refuses the name or the password.*Subject 1/)
})

test('an email is read, scrolled, and the next one follows', () => {
  const asked = press(listed([email(1), email(2)]), 'enter')
  assert.deepEqual([toolOf(asked).name, toolOf(asked).arguments.id], ['mail_get_email', 1])
  const text = Array.from({ length: 60 }, (_, i) => `Line ${i + 1}.`).join('\n\n')
  const { state } = next(
    asked.state,
    toolOf(asked).reply(gave({ ...email(1), cc: '', attachments: ['a.pdf'], remarks: [], text })),
  )
  const lines = screen(state)
  assert.match(lines[0] ?? '', /^Subject 1 +1–15 of 119$/)
  assert.match(lines[1] ?? '', /^From +Eva <eva1@example\.com>/)
  assert.match(lines[3] ?? '', /attached: a\.pdf/)
  assert.match(lines.join(' '), /Line 1\./)
  assert.match(screen(press(state, 'end').state).join(' '), /Line 60\./)
  assert.equal(lucaFor(state), 'luca mail read 1')
  assert.equal(toolOf(press(state, 'n')).arguments.id, 2)
  assert.match(screen(press(state, 'escape').state)[0] ?? '', /^inbox/)
})

test('an email that is gone says so, and an answer for another one is not shown', () => {
  const asked = press(listed([email(1), email(2)]), 'enter')
  const answer = toolOf(asked).reply(failed('This message is not there any more.'))
  assert.match(screen(next(asked.state, answer).state).join(' '), /not there any more/)
  const other = press(asked.state, 'n').state
  assert.doesNotMatch(screen(next(other, answer).state).join(' '), /not there any more/)
})

test('a search is typed and asked once it is said, and Esc leads back', () => {
  const typing = press(listed([email(1)]), '/').state
  assert.ok(mail.isTyping(typing))
  const typed = next(typing, { type: 'text', text: 'invoice october' }).state
  assert.match(screen(typed)[0] ?? '', /^Search: invoice october/)
  const asked = press(typed, 'enter')
  assert.deepEqual(
    [toolOf(asked).name, toolOf(asked).arguments],
    ['mail_search_emails', { account: 'ada', limit: 50, text: 'invoice october' }],
  )
  const found = next(asked.state, toolOf(asked).reply(gave({ messages: [email(7)] }))).state
  assert.match(screen(found).join(' '), /found: invoice october.*Subject 7/)
  assert.equal(lucaFor(found), "luca mail search 'invoice october'")
  const none = next(asked.state, toolOf(asked).reply(gave({ messages: [] }))).state
  assert.match(screen(none).join(' '), /Nothing was found\./)
  assert.match(screen(press(found, 'escape').state).join(' '), /inbox.*Subject 1/)
})

test('more is asked for at the end of the list, and joins it', () => {
  const asked = press(listed([email(1), email(2)], { nextCursor: 'c' }), 'down', 'down')
  assert.equal(toolOf(asked).arguments.cursor, 'c')
  const { state } = next(asked.state, toolOf(asked).reply(gave({ messages: [email(3)] })))
  assert.match(screen(state).join(' '), /Subject 1.*Subject 2.*Subject 3/)
  assert.equal(state.listed.selected, 1)
})

test('another folder and another account are chosen from lists', () => {
  const state = listed([email(1)], { accounts: [ADA, BOB] })
  const folders = press(state, 'f')
  const [choose] = next(
    folders.state,
    toolOf(folders).reply(
      gave({
        mailboxes: [
          { path: 'Gesendet', role: 'sent', canOpen: true },
          { path: 'Only folders', canOpen: false },
        ],
      }),
    ),
  ).effects
  assert.ok(choose?.type === 'choose')
  assert.deepEqual(choose.choice.items, ['Gesendet (sent)'])
  assert.equal(toolOf(next(state, choose.reply(0))).arguments.mailbox, 'Gesendet')
  assert.deepEqual(next(state, choose.reply(undefined)).effects, [])
  const [account] = press(state, 'a').effects
  assert.ok(account?.type === 'choose')
  const other = next(state, account.reply(1))
  assert.deepEqual(toolOf(other).arguments, { account: 'bob', limit: 50, mailbox: 'inbox' })
  // What was asked before is the answer to another question.
  const late = next(other.state, {
    type: 'listed',
    place: '',
    isMore: false,
    outcome: { ok: true, value: { messages: [], nextCursor: undefined, note: undefined } },
  })
  assert.equal(late.state.listed.isAsked, true)
  assert.match(lucaFor(other.state), /--account bob/)
})

test('unread ones alone are shown by a key, and all again', () => {
  const alone = press(listed([email(1)]), 'u')
  assert.equal(toolOf(alone).arguments.unread, true)
  assert.equal(toolOf(press(alone.state, 'u')).arguments.unread, undefined)
})

test('whatever an email says, no line is wider than the view, and there are as many as it has rows', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('漢字'.repeat(80), '👨‍👩‍👧 שלום', 'a\nb\tc\u001b[31m', `${'long '.repeat(200)}`),
  )
  fc.assert(
    fc.property(
      fc.record({ subject: odd, from: odd, to: odd, text: odd, date: odd }),
      fc.constantFrom([60, 17], [80, 21], [200, 57]),
      (own, [columns = 0, rows = 0]) => {
        const state = listed([email(1, own)], { note: own.text })
        const asked = press(state, 'enter')
        const read = next(asked.state, toolOf(asked).reply(gave({ ...email(1, own), text: own.text }))).state
        for (const shown of [state, read]) {
          const { lines } = mail.draw(shown, { columns, rows }, WORLD)
          assert.equal(lines.length, rows)
          for (const line of lines) assert.ok(lineWidth(line) <= columns, plainText(line))
        }
      },
    ),
  )
})
