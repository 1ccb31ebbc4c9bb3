import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { describe, test } from 'node:test'
import { strFromU8, unzipSync } from 'fflate'
import { makeBundle } from '../connect/bundle.ts'
import { session } from '../fixtures/session.ts'

const config = async (...words: string[]) => {
  const { code, stdout, stderr } = await session(['connect', ...words])
  assert.equal(code, 0, stderr)
  return { config: JSON.parse(stdout), stderr }
}

describe('luca connect', () => {
  test('lists the clients that it knows', async () => {
    assert.match((await session(['connect'])).stdout, /^claude-desktop +Claude Desktop\nvscode .*\ncursor /)
    const unknown = await session(['connect', 'emacs'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /claude-desktop, vscode, cursor/)
  })

  test('prints a configuration that starts the bridge by its absolute path, and says where it goes', async () => {
    const { config: desktop, stderr } = await config('claude-desktop')
    const { command, args, env } = desktop.mcpServers.llmbasedos
    assert.ok(isAbsolute(command))
    assert.deepEqual(args, ['stdio'])
    assert.equal(env, undefined)
    for (const path of [/macOS .*Library/, /Windows .*APPDATA/, /Linux .*\.config/])
      assert.match(stderr, path)
    assert.equal((await config('vscode')).config.servers.llmbasedos.type, 'stdio')
    assert.deepEqual((await config('cursor')).config.mcpServers.llmbasedos.args, ['stdio'])
  })

  test('names the socket where another than the usual one was chosen', async () => {
    const { config: chosen } = await config('cursor', '--socket', 'here.sock')
    assert.deepEqual(chosen.mcpServers.llmbasedos.args, [
      'stdio',
      '--socket',
      join(process.cwd(), 'here.sock'),
    ])
  })

  test('for an appliance in the network it lets clients that can speak HTTP do so', async () => {
    const url = 'https://box.local:8443'
    const { config: code, stderr } = await config('vscode', '--url', url)
    assert.equal(code.servers.llmbasedos.url, `${url}/mcp`)
    assert.equal(code.servers.llmbasedos.headers.Authorization, `Bearer \${input:${code.inputs[0].id}}`)
    assert.equal(code.inputs[0].password, true)
    assert.match(stderr, /luca token create vscode/)
    const { config: desktop } = await config('claude-desktop', '--url', url)
    assert.deepEqual(desktop.mcpServers.llmbasedos.args, ['stdio', '--url', `${url}/mcp`])
    assert.deepEqual(Object.keys(desktop.mcpServers.llmbasedos.env), ['LLMBDO_TOKEN'])
  })

  test('with a certificate or a token file all of them need the bridge', async () => {
    const words = ['--url', 'https://box.local', '--ca', '/ca.pem', '--token-file', '/token']
    const { config: cursor } = await config('cursor', ...words)
    const { args, env } = cursor.mcpServers.llmbasedos
    assert.deepEqual(args.slice(3), ['--token-file', '/token', '--ca', '/ca.pem'])
    assert.equal(env, undefined)
  })

  test('as JSON it tells the files of all systems', async () => {
    const { config: all } = await config('cursor', '--json')
    assert.deepEqual(Object.keys(all.path), ['macos', 'windows', 'linux'])
    assert.ok(all.config.mcpServers)
  })

  test('refuses what does not belong together', async () => {
    for (const words of [
      ['claude-desktop', '--ca', 'x'],
      ['claude-desktop', '--url', 'http://h', '--socket', 's'],
      ['claude-desktop', '--url', 'nonsense'],
      ['cursor', '--bundle', 'x.mcpb'],
    ])
      assert.equal((await session(['connect', ...words])).code, 2, words.join(' '))
  })

  test('leaves nothing behind where a bundle can not be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'luca-connect-'))
    const { code } = await session(['connect', 'claude-desktop', '--bundle', join(folder, 'none', 'x.mcpb')])
    assert.equal(code, 1)
    assert.deepEqual(readdirSync(folder), [])
    rmSync(folder, { recursive: true })
  })
})

describe('the bundle', () => {
  const made = (url?: string) =>
    makeBundle({ version: '1.2.3', program: 'run()\n//# sourceMappingURL=x.map\n', url })

  test('holds a manifest and one program, and is the same each time', () => {
    assert.deepEqual(made(), made())
    const files = unzipSync(made('http://h/mcp'))
    const manifest = JSON.parse(strFromU8(files['manifest.json'] as Uint8Array))
    assert.equal(strFromU8(files[manifest.server.entry_point] as Uint8Array), 'run()\n')
    assert.deepEqual([manifest.version, manifest.user_config.url.default], ['1.2.3', 'http://h/mcp'])
  })

  test('asks for what the program takes from its environment, the token in secret', () => {
    const manifest = JSON.parse(strFromU8(unzipSync(made())['manifest.json'] as Uint8Array))
    const main = readFileSync(join(import.meta.dirname, '../stdio/main.ts'), 'utf8')
    for (const [variable, value] of Object.entries(
      manifest.server.mcp_config.env as Record<string, string>,
    )) {
      assert.ok(main.includes(`given('${variable}')`), variable)
      const [, key = ''] = /^\$\{user_config\.(\w+)\}$/.exec(value) ?? []
      assert.equal(manifest.user_config[key].sensitive === true, key === 'token')
    }
  })
})

describe('luca stdio', () => {
  test('refuses what does not belong together, and addresses and tokens that can not be', async () => {
    for (const words of [
      ['--ca', 'x'],
      ['--token-file', 'x'],
      ['--url', 'http://h', '--socket', 's'],
      ['--wait', 'soon'],
    ])
      assert.equal((await session(['stdio', ...words])).code, 2, words.join(' '))
    const { code, stderr } = await session(['stdio', '--url', 'http://h'], {
      env: { LLMBDO_TOKEN: 'a secret' },
    })
    assert.equal(code, 2)
    assert.doesNotMatch(stderr, /a secret/)
  })
})
