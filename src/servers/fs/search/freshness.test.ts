/** What is known of the files follows them: changes, moves, removals and lost permissions, awake and asleep. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../../../framework/testing/until.ts'
import { Searching } from '../testing/searching.ts'
import type { Found } from './file-search.ts'

test('what changes while the server is awake is found without being asked for', async () => {
  await using it = await new Searching({ 'notes/a.md': 'The kettle.' }).start()
  await it.add('/notes')
  it.put('notes/a.md', 'The violin.')
  it.put('notes/deeper/still/b.md', 'The glacier.')
  const knows = async (path: string, files: number) =>
    (await it.statusOf(path)).state === 'searched' && (await it.status()).files === files
  await until('both are known', () => knows('/notes/deeper/still/b.md', 2))
  assert.equal((await it.found('violin'))[0], '/notes/a.md')
  assert.equal((await it.found('glacier'))[0], '/notes/deeper/still/b.md')
  assert.deepEqual(await it.found('kettle'), [])
  rmSync(it.real('notes/deeper'), { recursive: true })
  await until('what is gone is forgotten', async () => (await it.status()).files === 1)
})

test('what changed while it was asleep is looked for before the first answer', async () => {
  await using it = await new Searching({
    'notes/a.md': 'The kettle.',
    'notes/b.md': 'The kettle, too.',
  }).start()
  await it.add('/notes')
  await it.stop()
  it.put('notes/a.md', 'The violin.')
  it.put('notes/c.md', 'The glacier.')
  rmSync(it.real('notes/b.md'))
  await it.start()
  const { hits, missing } = await it.asked<Found>('search_documents', { query: 'glacier' })
  // On a machine with much else to do that takes longer than a question waits, and is said.
  if (missing.files === 0 && !missing.isLooking) assert.equal(hits[0]?.path, '/notes/c.md')
  await until('all is known', async () => (await it.found('glacier'))[0] === '/notes/c.md')
  assert.equal((await it.found('violin'))[0], '/notes/a.md')
  assert.deepEqual(await it.found('kettle'), [])
})

test('each night all is looked through, as long as a folder is searched', async () => {
  await using it = await new Searching({ 'notes/a.md': 'The kettle.' }).start()
  await it.add('/notes')
  const { entries } = it.running.gateway.wakeList
  assert.match(JSON.stringify(entries.get('look')?.rule), /"cron":"\d+ 3 \* \* \*"/)
  await it.stop()
  it.put('notes/b.md', 'The glacier.')
  await it.start()
  await it.running.wake('look')
  await it.running.worked()
  assert.equal((await it.status()).files, 2)
  await it.asked('index_remove', { path: '/notes' })
  assert.equal(it.running.gateway.wakeList.entries.has('look'), false)
  assert.equal((await it.status()).files, 0)
})

test('a file that moved keeps what is known of it, and is found where it is', async () => {
  await using it = await new Searching({ 'notes/a.md': 'The kettle.' }).start()
  await it.add('/notes')
  await it.stop()
  mkdirSync(it.real('notes/old'))
  renameSync(it.real('notes/a.md'), it.real('notes/old/b.md'))
  await it.start()
  // On a busy machine the first answer may come before all was looked through, and says so then.
  const { hits, missing } = await it.asked<Found>('search_documents', { query: 'kettle' })
  if (!missing.isLooking) assert.equal(hits[0]?.path, '/notes/old/b.md')
  await it.running.worked()
  assert.deepEqual(await it.found('kettle'), ['/notes/old/b.md'])
  assert.equal((await it.status()).files, 1)
})

test('a hard link is a file of its own, and the same text is one hit with both places', async () => {
  await using it = await new Searching({ 'notes/a.md': 'The kettle.' }).start()
  execFileSync('ln', [it.real('notes/a.md'), it.real('notes/b.md')])
  await it.add('/notes')
  const { hits } = await it.asked<{ hits: object[] }>('search_documents', { query: 'kettle' })
  assert.equal(hits.length, 1)
  assert.match(JSON.stringify(hits), /a\.md.*b\.md|b\.md.*a\.md/)
})

test('a file that is gone or another by now is in no answer, and those behind it take its place', async () => {
  await using it = await new Searching({
    'notes/a.md': 'kettle kettle kettle',
    'notes/b.md': 'The kettle is on the stove in the kitchen.',
    'notes/c.md': 'There is no kettle, but there are pots and pans here.',
  }).start()
  await it.add('/notes')
  const [first = '', ...rest] = await it.found('kettle')
  // Before any watch could tell of it.
  writeFileSync(it.real(first), 'something else')
  assert.deepEqual(await it.found('kettle', { limit: 2 }), rest)
  rmSync(it.real(rest[0] ?? ''))
  assert.deepEqual(await it.found('kettle'), [rest[1]])
})

test('patterns hold at every level, as Git has them', async () => {
  await using it = await new Searching({
    'p/.gitignore': '*.log\n/build\n!keep.log\nsecret/\n',
    'p/a.log': 'kettle',
    'p/keep.log': 'kettle',
    'p/Build/a.md': 'kettle',
    'p/build/a.md': 'kettle',
    'p/src/build/a.md': 'kettle',
    'p/src/secret/a.md': 'kettle',
    'p/src/.gitignore': '!a.log\n',
    'p/src/a.log': 'kettle',
    'p/.llmbasedosignore': '**/private/**\n',
    'p/x/private/y/a.md': 'kettle',
    'p/node_modules/m/a.md': 'kettle',
    'p/.hidden/a.md': 'kettle',
    'p/.hidden.md': 'kettle',
    'p/cache/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
    'p/cache/a.md': 'kettle',
    'p/picture.svg': 'kettle',
  }).start()
  await it.add('/p')
  const { hits } = await it.asked<{ hits: unknown[] }>('search_documents', { query: 'kettle' })
  const told = JSON.stringify(hits)
  for (const path of ['keep.log', 'Build/a.md', 'src/build/a.md', 'src/a.log'])
    assert.ok(told.includes(`/p/${path}"`), path)
  assert.equal((await it.status()).files, 4)
  for (const [path, why] of Object.entries({
    'a.log': /pattern in \/p\/\.gitignore/,
    'build/a.md': /of "\/p\/build": a pattern/,
    'x/private/y/a.md': /pattern/,
    'node_modules/m/a.md': /packages that were downloaded/,
    '.hidden/a.md': /hidden/,
    'cache/a.md': /CACHEDIR\.TAG/,
    'picture.svg': /Pictures of this kind \(\.svg\) are not read/,
  }))
    assert.match((await it.statusOf(`/p/${path}`)).why ?? '', why, path)
})

test('patterns that change hold at once, and those that can’t be heeded keep their folder out', async () => {
  await using it = await new Searching({ 'p/a.md': 'The kettle.', 'p/b.md': 'The violin.' }).start()
  await it.add('/p')
  it.put('p/.gitignore', 'a.md\n')
  await until('a.md is left out', async () => (await it.status()).files === 1)
  it.put('p/.gitignore', `${'**/x/'.repeat(30)}y\n`)
  await until('all is left out', async () => (await it.status()).files === 0)
  assert.match((await it.statusOf('/p/b.md')).why ?? '', /more than 3 times/)
})

test('folders that can’t be searched are refused, with the reason', async () => {
  await using it = await new Searching({
    'a.md': 'a',
    '.hidden/b.md': 'b',
    'x/node_modules/c.md': 'c',
  }).start()
  await assert.rejects(it.add('/nothing'), /There is no/)
  await assert.rejects(it.add('/a.md'), /is no folder/)
  await assert.rejects(it.add('/.hidden'), /begin with a dot/)
  await assert.rejects(it.add('/x/node_modules'), /packages that were downloaded/)
  await assert.rejects(it.add('/../..'), /outside/)
  assert.deepEqual((await it.status()).folders, [])
})

test('folders within each other are each searched once, and removed each by itself', async () => {
  await using it = await new Searching({ 'd/a.md': 'kettle one', 'd/w/b.md': 'kettle two' }).start()
  await it.add('/d', '/d/w')
  assert.equal((await it.status()).files, 2)
  await it.asked('index_remove', { path: '/d' })
  await it.running.worked()
  assert.deepEqual(await it.found('kettle'), ['/d/w/b.md'])
  await it.add('/')
  await it.asked('index_remove', { path: '/d/w' })
  await it.running.worked()
  assert.deepEqual((await it.found('kettle')).sort(), ['/d/a.md', '/d/w/b.md'])
})

test('pipes, devices, sockets, and links that lead around or out are passed over', async () => {
  await using it = await new Searching({ 'p/a.md': 'The kettle.', 'elsewhere/b.md': 'The kettle.' }).start()
  execFileSync('mkfifo', [it.real('p/pipe.md')])
  symlinkSync('/dev/zero', it.real('p/zero.md'))
  symlinkSync('.', it.real('p/round'))
  symlinkSync('../elsewhere', it.real('p/there'))
  symlinkSync('/etc/passwd', it.real('p/passwd.txt'))
  if (process.getuid?.() === 0)
    execFileSync('mknod', [it.real('p/zero-device.md'), 'c', '1', '5'], { stdio: 'ignore' })
  await it.add('/p')
  assert.deepEqual(await it.found('kettle'), ['/p/a.md'])
  assert.equal((await it.status()).files, 1)
  assert.match((await it.status()).state, /idle/)
})

test('a name that is not UTF-8 is searched and told as it is shown everywhere', async () => {
  await using it = await new Searching({ 'p/a.md': 'The violin.' }).start()
  writeFileSync(
    Buffer.concat([Buffer.from(`${it.real('p')}/caf`), Buffer.from([0xe9]), Buffer.from('.md')]),
    'The kettle.',
  )
  await it.add('/p')
  assert.deepEqual(await it.found('kettle'), ['/p/caf\\xe9.md'])
  assert.equal((await it.statusOf('/p/caf\\xe9.md')).state, 'searched')
})

test('a file that is swapped for a link to another one is in no answer', async () => {
  await using it = await new Searching({
    'p/a.md': 'The kettle.',
    'other/secret.md': 'The kettle of others.',
  }).start()
  await it.add('/p')
  rmSync(it.real('p/a.md'))
  symlinkSync('../other/secret.md', it.real('p/a.md'))
  assert.deepEqual(await it.found('kettle'), [])
})

test('a file to which something is added again and again is read once it rests', async () => {
  await using it = await new Searching({ 'p/a.log': 'first\n' }).start()
  await it.add('/p')
  for (let i = 0; i < 20; i++) appendFileSync(it.real('p/a.log'), `line ${i}\n`)
  appendFileSync(it.real('p/a.log'), 'the kettle boiled\n')
  await until('it was read', async () => (await it.found('kettle')).length === 1)
})

test('a folder that is added while another is looked through is searched, too', async () => {
  await using it = await new Searching({
    'notes/boiler.md': 'The boiler is serviced each autumn.',
    'old/bread.md': 'Feed the sourdough, then let the dough rise.',
  }).start()
  await it.add('/notes', '/old')
  assert.equal((await it.statusOf('/old/bread.md')).state, 'searched')
  assert.equal((await it.status()).files, 2)
})
