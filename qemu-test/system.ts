/** What holds of every machine that has started, whatever its firmware is and wherever its data lies. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { fetchFrom, publicKey, ssh } from './clients.ts'
import { BASE } from './image.ts'
import type { Machine } from './machine.ts'

/** Warnings of the machine that QEMU makes up, and of kernels everywhere. */
const OF_EVERY_MACHINE = /kernel:|sd-exec|systemd-resolved|systemd-udevd/

let clients = 0
// Where there is no Arch to be had, packages of Debian stand in for its own.
const LIKE = BASE === 'arch' && !process.env.PACMAN_REPO ? 'arch' : 'debian'

export interface Expected {
  /** Of the machine. */
  name: string
  /** What its screen shows beside its addresses and its fingerprint. */
  screen: readonly RegExp[]
  /** What its journal warns of, and rightly. */
  warnings?: RegExp
  /** Whether another start was asked all of this: what follows from the image alone is not asked again. */
  again?: boolean
}

/** Asks a machine that a key was given to, and a secret of the server `time`. */
export function testsOfSystem(
  machine: () => Machine,
  { name, screen: expected, warnings, again = false }: Expected,
): void {
  test('everything starts, and nothing complains', async () => {
    assert.equal(await machine().out('systemctl --failed --plain --no-legend'), '')
    const journal = await machine().out('journalctl -b -p warning -o short -q --no-hostname')
    const surprises = journal
      .split('\n')
      .filter((line) => line !== '' && !OF_EVERY_MACHINE.test(line) && !warnings?.test(line))
    assert.deepEqual(surprises, [])
  })

  test('it says what it is, and the log on its disk has the number that every base gives it', async () => {
    assert.equal(await machine().out('. /etc/os-release && echo $ID $ID_LIKE'), `llmbasedos ${LIKE}`)
    assert.equal(await machine().out('stat -c %G:%g /var/log/journal'), 'systemd-journal:471')
  })

  test('the screen shows how to reach it, its fingerprint and luca', async () => {
    const screen = await machine().screenWith(/Enter opens luca/)
    for (const shown of [
      new RegExp(`llmbasedos on ${name}`),
      /https:\/\/10\.0\.2\.15:8443\/mcp/,
      /ssh luca@/,
      /its key is SHA256:[\w+/]{43}/,
      /CA +([0-9A-F]{2}:){15}/,
      ...expected,
    ])
      assert.match(screen, shown)
  })

  test('the owner logs in with the key that was provided, and not without it', () => {
    assert.equal(ssh(machine(), 'owner', 'touch hello && id -un').stdout.trim(), 'owner')
    if (again) return
    assert.match(ssh(machine(), 'luca', 'ls /').stdout, /hello/)
    for (const user of ['luca', 'owner', 'root']) {
      const { status, stderr } = ssh(machine(), user, 'id', { withKey: false })
      assert.equal(status, 255)
      assert.match(stderr, /Permission denied \(publickey\)/)
    }
    assert.equal(ssh(machine(), 'root', 'id').status, 255)
  })

  for (const host of again ? [`${name}.local`] : [`${name}.local`, '10.0.2.15'])
    test(`a client on the network verifies the certificate of ${host} and calls tools`, async () => {
      const url = new URL(`https://${host}/mcp`)
      const ca = await (await fetchFrom(machine(), host)(new URL('/ca.crt', url))).text()
      const [, shown = ''] =
        /CA +((?:[0-9A-F]{2}:){15}[0-9A-F]{2})/.exec(await machine().out('luca welcome')) ?? []
      assert.ok(shown !== '' && new X509Certificate(ca).fingerprint256.startsWith(shown))
      const token = ssh(machine(), 'owner', `luca token create client-${++clients}`).stdout.trim()
      const client = new Client({ name: 'a test', version: '1' })
      await client.connect(
        new StreamableHTTPClientTransport(url, {
          fetch: fetchFrom(machine(), host, ca),
          requestInit: { headers: { authorization: `Bearer ${token}` } },
        }),
      )
      const { tools } = await client.listTools()
      assert.ok(tools.some((tool) => tool.name === 'fs_write_file'))
      const answer = await client.callTool({ name: 'time_get_current_time', arguments: {} })
      assert.match(JSON.stringify(answer), /timezone/)
      await client.close()
      const { status } = await fetchFrom(machine(), host, ca)(url, { method: 'POST', body: '{}' })
      assert.equal(status, 401)
      await assert.rejects(fetchFrom(machine(), host, publicKey)(url))
    })

  test('secrets and settings that were provided are where they belong', async () => {
    assert.match(await machine().out('luca secret list'), /^time +owner +word$/m)
    assert.match(await machine().out('cat /etc/llmbasedos/gateway.yaml'), /"waitSeconds": 7/)
    assert.equal((await machine().run('grep -rlF hidden-word /var /etc')).output, '')
  })

  if (again) return
  test('it has the manual of luca, and keyboards with the letters of their languages', async () => {
    const page = await machine().out('man luca 2>&1')
    assert.match(page.replaceAll(/.[\b]/g, ''), /^LUCA\(1\)[\s\S]*luca token create/)
    const letters = { 'qwertz/de': 'adiaeresis', 'azerty/fr': 'eacute', 'qwerty/no': 'aring' }
    for (const [name, letter] of Object.entries(letters))
      await machine().out(
        `zcat /usr/share/{,kbd/}keymaps/i386/${name}.*map.gz 2>/dev/null | grep -q ${letter}`,
      )
  })

  test('only SSH and HTTPS are open to the network', async () => {
    assert.match(await machine().out('ss -Hltn'), /:22\b/)
    assert.match(await machine().out('nft list table inet llmbasedos'), /policy drop/)
  })

  test('memory and threads of a server are bounded by the kernel', async () => {
    await machine().out('systemctl start mcp-time@owner.service')
    const unit = '/sys/fs/cgroup/$(systemctl show --value --property=ControlGroup mcp-time@owner.service)'
    assert.deepEqual(
      (await machine().out(`cat ${unit}/memory.max ${unit}/pids.max ${unit}/memory.swap.max`)).split('\n'),
      ['536870912', '64', '0'],
    )
  })
}
