import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { describe, test } from 'node:test'
import { strFromU8, unzipSync } from 'fflate'
import { makeBundle } from '../../bridge/connect/bundle.ts'
import { CLIENTS, type Way } from '../../bridge/connect/clients.ts'
import { toToml } from '../../bridge/connect/toml.ts'
import { toYaml, yamlParser } from '../../host/config/yaml.ts'
import { session } from '../fixtures/session.ts'

const config = async (...words: string[]) => {
  const { code, stdout, stderr } = await session(['connect', ...words])
  assert.equal(code, 0, stderr)
  return { config: JSON.parse(stdout), stderr }
}

const EVERYBODY =
  'Claude Desktop|Claude Code|VS Code|Cursor|Codex|Gemini CLI|Zed|Windsurf|Cline|Continue|Goose|LM Studio|LibreChat|Open WebUI'.split(
    '|',
  )
const URL_OF_BOX = 'https://box.local:8443/mcp'
const LUCA = '/opt/luca'
const TOKEN = 'lb_…'
const HEADERS = { Authorization: `Bearer ${TOKEN}` }

/** What the documentation of each client has, for an address and for a command. */
const DOCUMENTED: Record<string, { direct: unknown; started: unknown }> = {
  'claude-code': {
    direct: { mcpServers: { llmbasedos: { type: 'http', url: URL_OF_BOX, headers: HEADERS } } },
    started: { mcpServers: { llmbasedos: { type: 'stdio', command: LUCA, args: ['stdio'] } } },
  },
  codex: {
    direct: `[mcp_servers.llmbasedos]\nurl = "${URL_OF_BOX}"\n\n[mcp_servers.llmbasedos.http_headers]\nAuthorization = "Bearer ${TOKEN}"\n`,
    started: `[mcp_servers.llmbasedos]\ncommand = "${LUCA}"\nargs = ["stdio"]\n`,
  },
  'gemini-cli': {
    direct: { mcpServers: { llmbasedos: { httpUrl: URL_OF_BOX, headers: HEADERS } } },
    started: { mcpServers: { llmbasedos: { command: LUCA, args: ['stdio'] } } },
  },
  zed: {
    direct: { context_servers: { llmbasedos: { url: URL_OF_BOX, headers: HEADERS } } },
    started: { context_servers: { llmbasedos: { command: LUCA, args: ['stdio'] } } },
  },
  windsurf: {
    direct: { mcpServers: { llmbasedos: { serverUrl: URL_OF_BOX, headers: HEADERS } } },
    started: { mcpServers: { llmbasedos: { command: LUCA, args: ['stdio'] } } },
  },
  cline: {
    direct: {
      mcpServers: {
        llmbasedos: { type: 'streamableHttp', url: URL_OF_BOX, headers: HEADERS, disabled: false },
      },
    },
    started: { mcpServers: { llmbasedos: { command: LUCA, args: ['stdio'], disabled: false } } },
  },
  'lm-studio': {
    direct: { mcpServers: { llmbasedos: { url: URL_OF_BOX, headers: HEADERS } } },
    started: { mcpServers: { llmbasedos: { command: LUCA, args: ['stdio'] } } },
  },
  continue: {
    direct: {
      mcpServers: [
        {
          name: 'llmbasedos',
          type: 'streamable-http',
          url: URL_OF_BOX,
          requestOptions: { headers: HEADERS },
        },
      ],
    },
    started: { mcpServers: [{ name: 'llmbasedos', command: LUCA, args: ['stdio'] }] },
  },
  goose: {
    direct: {
      extensions: {
        llmbasedos: {
          enabled: true,
          name: 'llmbasedos',
          description: 'Your own appliance',
          timeout: 300,
          type: 'streamable_http',
          uri: URL_OF_BOX,
          headers: HEADERS,
        },
      },
    },
    started: {
      extensions: {
        llmbasedos: {
          enabled: true,
          name: 'llmbasedos',
          description: 'Your own appliance',
          timeout: 300,
          type: 'stdio',
          cmd: LUCA,
          args: ['stdio'],
          envs: {},
        },
      },
    },
  },
  librechat: {
    direct: {
      mcpSettings: { allowedDomains: ['https://box.local:8443'] },
      mcpServers: { llmbasedos: { type: 'streamable-http', url: URL_OF_BOX, headers: HEADERS } },
    },
    started: { mcpServers: { llmbasedos: { type: 'stdio', command: LUCA, args: ['stdio'] } } },
  },
}

describe('what each client is given', () => {
  const bridge = { command: LUCA, args: ['stdio'] }
  const written = async (name: string, way: Way) => {
    const client = CLIENTS.find((each) => each.name === name)
    const config = client?.config(way) as Record<string, unknown>
    if (client?.format === 'toml') return toToml(config)
    return client?.format === 'yaml'
      ? (await yamlParser('written'))(await toYaml(config))
      : JSON.parse(JSON.stringify(config))
  }
  for (const [name, { direct, started }] of Object.entries(DOCUMENTED))
    test(`${name} as its documentation has it`, async () => {
      assert.deepEqual(await written(name, { bridge, url: URL_OF_BOX, needsToken: true }), direct)
      assert.deepEqual(await written(name, { bridge, url: undefined, needsToken: false }), started)
    })

  test('Open WebUI, which starts nothing, gets an address alone', async () => {
    const { config: connections } = await config('open-webui', '--url', 'https://box.local:8443')
    assert.deepEqual(
      [connections[0].type, connections[0].url, connections[0].auth_type, connections[0].key],
      ['mcp', URL_OF_BOX, 'bearer', TOKEN],
    )
    const { code, stderr } = await session(['connect', 'open-webui'])
    assert.deepEqual([code, /needs the address, as --url/.test(stderr)], [2, true])
  })

  test('with HTTPS, the command says which certificate to trust', async () => {
    const { stderr } = await session(['connect', 'zed', '--url', 'https://box.local:8443'])
    assert.match(stderr, /https:\/\/box\.local:8443\/ca\.crt/)
    assert.doesNotMatch((await session(['connect', 'zed'])).stderr, /ca\.crt/)
  })
})

test('the page on clients names all of them, and no others', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/clients.md'), 'utf8')
  const named = [...page.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \|/gm)].map(([, name, title]) => [name, title])
  assert.deepEqual(named.sort(), CLIENTS.map(({ name, title }) => [name, title]).sort())
})

test('TOML keeps every text as it is, and puts sections after what belongs to none', () => {
  const table = { b: { 'a key': 'quo"te\n\u007f', list: ['x', 1, true] }, a: 'first', none: undefined }
  assert.equal(toToml(table), 'a = "first"\n\n[b]\n"a key" = "quo\\"te\\n\\u007f"\nlist = ["x", 1, true]\n')
  assert.throws(() => toToml({ a: null }), TypeError)
})

describe('luca connect', () => {
  test('lists the clients that it knows', async () => {
    const listed = (await session(['connect'])).stdout
    for (const title of EVERYBODY) assert.match(listed, new RegExp(`^[a-z-]+ +${title}$`, 'm'))
    assert.equal(listed.trim().split('\n').length, EVERYBODY.length)
    const unknown = await session(['connect', 'emacs'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /claude-desktop, claude-code, vscode, cursor/)
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
    const main = readFileSync(join(import.meta.dirname, '../../bridge/stdio/main.ts'), 'utf8')
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
