/** What the system says that it is, and whose what it keeps is: the product's, whichever base it stands on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'
import { VERSION } from '../src/protocol/version.ts'
import { System } from './system.ts'

const SYSUSERS = readFileSync(join(ROOT, 'rootfs-overlay/usr/lib/sysusers.d/llmbasedos.conf'), 'utf8')
const numbered = [...SYSUSERS.matchAll(/^([gu])!? ([\w-]+) (\d+)$/gm)].map(([, kind, name, number]) => ({
  isUser: kind === 'u',
  name: name as string,
  number: number as string,
}))

let system: System
before(async () => {
  system = await System.boot()
})
after(() => system?.stop())

test('the system has the name and the version of the product, and says what it is like', async () => {
  const release = await system.out(['cat', '/etc/os-release'])
  assert.match(release, /^ID=llmbasedos$/m)
  assert.match(release, /^ID_LIKE=debian$/m)
  assert.ok(release.includes(`PRETTY_NAME="llmbasedos ${VERSION}"\n`), release)
  assert.match(await system.out(['hostnamectl', 'status']), /Operating System: llmbasedos/)
  assert.match(await system.out(['script', '-qec', 'agetty --show-issue', '/dev/null']), /^llmbasedos \d\S* /)
})

test('users and groups that own something that is kept have the numbers of the product', async () => {
  assert.ok(numbered.length > 5)
  for (const { isUser, name, number } of numbered) {
    assert.equal((await system.out(['getent', 'group', name])).split(':')[2], number, name)
    if (isUser)
      assert.deepEqual(
        (await system.out(['getent', 'passwd', name])).split(':').slice(2, 4),
        [number, number],
        name,
      )
  }
})

test('nothing that is kept belongs to others than people and the users that systemd makes up', async () => {
  await system.out(['luca', 'call', 'fs_write_file', '{"path":"/a.txt","content":"mine"}', '--yes'])
  const owners = async (kind: string) =>
    (await system.out(['find', '/var', '/home', '/etc/llmbasedos', '-printf', `%${kind}\n`])).split('\n')
  const stranger = (known: readonly string[]) => (number: string) =>
    number !== '0' && !known.includes(number) && !isPerson(Number(number)) && !isMadeUp(Number(number))
  const users = numbered.filter(({ isUser }) => isUser).map(({ number }) => number)
  assert.deepEqual((await owners('U')).filter(stranger(users)), [])
  assert.deepEqual((await owners('G')).filter(stranger(numbered.map(({ number }) => number))), [])
})

const isPerson = (number: number) => number >= 1000 && number < 60_000
/** DynamicUser= takes one of these by the unit's name: systemd.exec(5). */
const isMadeUp = (number: number) => number >= 61_184 && number <= 65_519
