/** The image as people get it, under both kinds of firmware: what it shows, who comes in, and what is kept. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { envelope, headersOf } from '../test/support/modern.ts'
import { Machine } from './machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'image-'))
const key = join(folder, 'key')
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
after(() => rmSync(folder, { recursive: true, force: true }))
const credentials = {
  'llmbasedos.provision': JSON.stringify({
    'ssh-keys': [readFileSync(`${key}.pub`, 'utf8').trim()],
    secrets: [{ server: 'time', user: 'owner', name: 'word', value: 'hidden-word' }],
    configuration: { consent: { waitSeconds: 7 } },
  }),
}

function ssh(machine: Machine, user: string, command: string, { input = '', withKey = true } = {}) {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'ConnectTimeout=60',
    'BatchMode=yes',
  ]
  const args = [...options.flatMap((option) => ['-o', option]), '-T', '-p', String(machine.sshPort)]
  const identity = withKey ? ['-i', key] : ['-o', 'PubkeyAuthentication=no']
  return spawnSync('ssh', [...args, ...identity, `${user}@127.0.0.1`, command], {
    input,
    encoding: 'utf8',
    timeout: 120_000,
  })
}

/** Asks over HTTPS as a client on the network does, and trusts the machine's authority alone. */
function ask(
  machine: Machine,
  ca: string | undefined,
  path: string,
  headers = {},
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        ...{ host: '127.0.0.1', port: machine.httpsPort, path, servername: 'llmbasedos.local' },
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
        ...{ method: body === undefined ? 'GET' : 'POST', headers: { host: 'llmbasedos.local', ...headers } },
      },
      (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }))
      },
    )
    req.once('error', reject)
    req.end(body)
  })
}

for (const firmware of ['bios', 'uefi'] as const)
  describe(`under ${firmware.toUpperCase()}`, () => {
    let machine: Machine
    before(async () => {
      machine = await Machine.boot({ firmware, credentials })
    })
    after(() => machine?.stop())

    test('everything starts, and nothing complains', async () => {
      assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')
      const journal = await machine.out('journalctl -b -p warning -o short -q --no-hostname')
      // Of the machine that QEMU makes up, and of kernels everywhere.
      const expected = /kernel:|sd-exec|systemd-resolved|systemd-udevd|forgotten when the power goes/
      assert.deepEqual(
        journal.split('\n').filter((line) => line !== '' && !expected.test(line)),
        [],
      )
    })

    test('the screen shows how to reach it, its fingerprint, the first token and luca', async () => {
      const screen = await machine.screenWith(/Enter opens luca/)
      for (const shown of [
        /llmbasedos on llmbasedos/,
        /https:\/\/10\.0\.2\.15:8443\/mcp/,
        /ssh luca@/,
        /Authority +([0-9A-F]{2}:){15}/,
        /lb_[\w-]{20}/,
        /forgotten when the power goes/,
        /Enter opens luca/,
      ])
        assert.match(screen, shown)
    })

    test('the keyboard drives luca on the screen, and leaving it shows again how to reach the machine', async () => {
      machine.type('\n')
      await machine.screenWith(/1 Chat[\s\S]*connected/)
      machine.press('alt-4')
      await machine.screenWith(/gateway \d[\s\S]*fs +. (awake|asleep)/)
      machine.press('ctrl-p')
      await machine.screenWith(/Find anything/)
      machine.press('esc')
      // Together they would be one key with Alt.
      await machine.screenWith(/^(?!.*Find anything)/)
      machine.press('ctrl-q')
      await machine.screenWith(/Enter opens luca/)
    })

    test('the owner comes in with the key that was provided, and nobody without it', () => {
      assert.match(ssh(machine, 'luca', 'help').stdout, /ls/)
      assert.equal(ssh(machine, 'owner', 'id -un').stdout.trim(), 'owner')
      for (const user of ['luca', 'owner', 'root']) {
        const { status, stderr } = ssh(machine, user, 'id', { withKey: false })
        assert.equal(status, 255)
        assert.match(stderr, /Permission denied \(publickey\)/)
      }
      assert.equal(ssh(machine, 'root', 'id').status, 255)
    })

    test('a client on the network verifies the certificate and calls tools', async () => {
      const ca = (await ask(machine, undefined, '/ca.crt')).text
      const [, shown = ''] =
        /Authority +((?:[0-9A-F]{2}:){15}[0-9A-F]{2})/.exec(await machine.out('luca welcome')) ?? []
      assert.ok(shown !== '' && new X509Certificate(ca).fingerprint256.startsWith(shown))
      const token = ssh(machine, 'owner', 'luca token create phone').stdout.trim()
      assert.match(token, /^lb_/)
      const call = {
        ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
        params: { name: 'time_get_current_time', arguments: {}, _meta: envelope },
      }
      const headers = headersOf(token, 'tools/call', call.params.name)
      const { status, text } = await ask(machine, ca, '/mcp', headers, JSON.stringify(call))
      assert.equal(status, 200, text)
      assert.match(text, /timezone/)
      await assert.rejects(ask(machine, readFileSync(`${key}.pub`, 'utf8'), '/health'))
      assert.equal((await ask(machine, ca, '/mcp', {}, '{}')).status, 401)
    })

    test('an MCP client speaks through SSH', () => {
      const hello = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
      })
      assert.match(ssh(machine, 'luca', 'stdio', { input: `${hello}\n` }).stdout, /"serverInfo"/)
    })

    test('secrets and settings that were provided are where they belong', async () => {
      assert.match(await machine.out('luca secret list'), /^time +owner +word$/m)
      assert.match(await machine.out('cat /etc/llmbasedos/gateway.yaml'), /"waitSeconds": 7/)
      assert.equal((await machine.run('grep -rlF hidden-word /var /etc')).output, '')
    })

    test('it takes less than 250 MB when nobody is there', async () => {
      await machine.out('systemctl restart llmbasedos-console && sync')
      await machine.screenWith(/Enter opens luca/)
      await machine.out('systemctl stop mcp-*.service llmbasedos-admin.service; sleep 3')
      const used = await machine.out("awk '/^MemTotal/ {t=$2} /^MemAvailable/ {print t - $2}' /proc/meminfo")
      assert.ok(
        Number(used) * 1024 < 250e6,
        `${used} kB: ${await machine.out('ps -eo rss,args --sort=-rss | head -15')}`,
      )
    })

    test('only SSH and HTTPS are open to the network', async () => {
      const listening = await machine.out('ss -Hltn')
      assert.match(listening, /:22\b/)
      const rules = await machine.out('nft list table inet llmbasedos')
      assert.match(rules, /policy drop/)
    })

    test('memory and threads of a server are bounded by the kernel', async () => {
      await machine.out('systemctl start mcp-time@owner.service')
      const unit = '/sys/fs/cgroup/$(systemctl show --value --property=ControlGroup mcp-time@owner.service)'
      assert.deepEqual(
        (await machine.out(`cat ${unit}/memory.max ${unit}/pids.max ${unit}/memory.swap.max`)).split('\n'),
        ['536870912', '64', '0'],
      )
    })

    test('it switches itself off cleanly', async () => {
      await machine.run('systemctl poweroff', 10_000).catch(() => {})
      await machine.ended()
    })
  })
