import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { until } from '../up/fixtures/appliance.ts'
import { type FakeGateway, fakeGateway, session } from './fixtures/session.ts'

const MAIN = join(import.meta.dirname, 'main.ts')
const TOOLS = [
  { name: 'fs_list_directory', description: '\n\nLists a folder.\nMore.', inputSchema: {} },
  { name: 'time_get_current_time', description: 'Tells the time.', inputSchema: {} },
]
const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

describe('luca with a gateway', () => {
  let gateway: FakeGateway
  const on = (...words: string[]) => [...words, '--socket', gateway.socket]
  const last = () => gateway.received.at(-1)

  before(async () => {
    gateway = await fakeGateway({
      // Two pages.
      'tools/list': ({ cursor }) =>
        cursor === 'second' ? { tools: TOOLS.slice(1) } : { tools: TOOLS.slice(0, 1), nextCursor: 'second' },
      'tools/call': ({ name, arguments: args }) => {
        if (name === 'fs_hang') return undefined
        if (name === 'fs_fail') return { ...text('There is no such file.'), isError: true }
        if (name === 'fs_read_media_file') {
          const blob = Buffer.from('no newline at its end').toString('base64')
          return { content: [], structuredContent: { content: [{ type: 'resource', resource: { blob } }] } }
        }
        if (name === 'x_image') return { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }] }
        if (name === 'x_echo') return text(JSON.stringify(args))
        throw new RpcError('INVALID_PARAMS', `There is no tool "${name}"; tools/list lists them.`)
      },
      'mcp.x.echo': ({ arguments: given }) => ({ value: given }),
      'mcp.fs.list': ({ arguments: given }) => ({
        value: [
          {
            name: '\u001b[31mred',
            path: (given as string[])[0],
            type: 'file',
            size: 7,
            modified_at: '1970-01-01T00:00:00.000Z',
          },
          {
            name: 'docs',
            path: (given as string[])[0],
            type: 'directory',
            size: -1,
            modified_at: '1970-01-01T00:00:00.000Z',
          },
          ...['directory', 'nothing', 'outside', 'file'].map((leads_to) => ({
            name: `to ${leads_to}`,
            path: '/',
            type: 'symlink',
            size: 4,
            leads_to,
            modified_at: '1970-01-01T00:00:00.000Z',
          })),
          { name: 'pipe', path: '/', type: 'other', size: 0, modified_at: '1970-01-01T00:00:00.000Z' },
        ],
      }),
      'admin/token/create': ({ name, expiresInSeconds }) => {
        if (name === 'mine') throw new RpcError('FORBIDDEN', 'Only the owner may do that.')
        return {
          id: 'a1',
          name,
          user: 'owner',
          token: 'lb_secret',
          createdAt: 0,
          expiresAt: expiresInSeconds ?? null,
        }
      },
      'admin/approval/list': () => ({
        approvals: [
          {
            id: 'c1',
            who: 'Laptop',
            tool: 'fs_delete_file',
            arguments: '{"path":"/a"}',
            what: 'delete "/a"',
            text: '> Dear Eva,\n> yes.',
            waitingSeconds: 3,
            warning: 'It has read a letter.',
          },
        ],
      }),
      'admin/approval/decide': ({ id, allow }) => {
        if (id !== 'c1') throw new RpcError('INVALID_PARAMS', `No call "${id}" is waiting.`)
        return { decided: { id, who: 'Laptop', tool: 'fs_delete_file', allowed: allow } }
      },
      'admin/token/list': () => ({
        tokens: [
          { id: 'a1', name: 'laptop', user: 'ada', createdAt: 0, expiresAt: null, lastUsedAt: 86_400_000 },
        ],
      }),
      'admin/token/revoke': ({ token }) => ({ revoked: { id: 'a1', name: token } }),
      'admin/schedule/list': () => ({ entries: [] }),
      'admin/status': () => ({
        version: '1.2.3',
        uptimeSeconds: 5,
        sessions: 2,
        servers: [{ name: 'fs', state: 'failing', inFlight: 0, tools: 3 }],
      }),
    })
  })
  after(() => gateway.close())

  test('lists the tools of all pages, with the first line of each description that says something', async () => {
    const { code, stdout } = await session(on('tools'))
    assert.equal(code, 0)
    assert.equal(stdout, 'fs_list_directory      Lists a folder.\ntime_get_current_time  Tells the time.\n')
  })

  test("lists one server's tools, and says when there is none", async () => {
    const { stdout } = await session(on('tools', '--server', 'time', '--json'))
    assert.deepEqual(JSON.parse(stdout), { tools: [TOOLS[1]] })
    const none = await session(on('tools', '--server', 'tim'))
    assert.equal(none.code, 1)
    assert.match(none.stderr, /No server "tim"/)
  })

  test('calls a tool and a v1 method, with arguments from the line or from stdin', async () => {
    const first = await session(on('call', 'x_echo', '{"a":1}'))
    assert.deepEqual([first.code, first.stdout], [0, '{"a":1}\n'])
    const second = await session(on('call', 'mcp.x.echo', '-'), { stdin: '[2]' })
    assert.deepEqual(JSON.parse(second.stdout), [2])
    const whole = await session(on('call', 'x_echo', '--json'))
    assert.deepEqual(JSON.parse(whole.stdout).content, text('{}').content)
  })

  test('calls a method of the protocol, and prints its result as JSON', async () => {
    const { stdout } = await session(on('call', 'tools/list', '{"cursor":"second"}'))
    assert.deepEqual(JSON.parse(stdout).tools, [TOOLS[1]])
  })

  test('names what is no text in brackets', async () => {
    assert.equal((await session(on('call', 'x_image'))).stdout, '[image, image/png]\n')
  })

  test("a tool's own error goes to stderr and ends with 1; with --json it is the document", async () => {
    const plain = await session(on('call', 'fs_fail'))
    assert.deepEqual(plain, { code: 1, stdout: '', stderr: 'There is no such file.\n' })
    const json = await session(on('call', 'fs_fail', '--json'))
    assert.equal(json.code, 1)
    assert.equal(JSON.parse(json.stdout).isError, true)
  })

  test('arguments that are no JSON object are refused before anything is sent', async () => {
    const sent = gateway.received.length
    for (const wrong of ['{', '[1]', '"a"', 'null']) {
      const { code, stderr } = await session(on('call', 'x_echo', wrong))
      assert.equal(code, 2)
      assert.match(stderr, /'\{"path": "\/"\}'/)
    }
    assert.equal(gateway.received.length, sent)
  })

  test("shows the gateway's own sentence: 1 where it failed, 4 where it is not allowed", async () => {
    const unknown = await session(on('call', 'x_nothing'))
    assert.deepEqual([unknown.code, unknown.stderr.includes('There is no tool "x_nothing"')], [1, true])
    const denied = await session(on('token', 'create', 'mine'))
    const document = JSON.parse((await session(on('token', 'create', 'mine', '--json'))).stdout)
    assert.deepEqual(document.error, {
      code: 'denied',
      exitCode: 4,
      rpcCode: ERRORS.FORBIDDEN.code,
      message: 'Only the owner may do that.',
    })
    assert.deepEqual([denied.code, denied.stderr], [4, 'luca: Only the owner may do that.\n'])
  })

  test('lists and prints files, from the served root on', async () => {
    const { stdout } = await session(on('ls'))
    assert.match(
      stdout,
      /^TYPE +SIZE +MODIFIED +NAME\ndirectory +- +1970-01-01 00:00 +docs\nlink .*to directory\nfile +7 .*red\n/,
    )
    for (const row of [
      'special .*pipe',
      'broken link .*to nothing',
      'link outside .*to outside',
      'link .*to file',
    ])
      assert.match(stdout, new RegExp(`^${row}$`, 'm'))
    assert.equal(JSON.parse((await session(on('ls', 'docs/../x', '--json'))).stdout).path, '/x')
    assert.equal((await session(on('cat', '/a'))).stdout, 'no newline at its end')
  })

  test('on a terminal, nothing that a server sent can steer it', async () => {
    const { stdout } = await session(on('ls'), { tty: true, env: { NO_COLOR: '1' } })
    assert.ok(stdout.includes('\uFFFD[31mred') && !stdout.includes('\u001b'))
  })

  test('colours only a terminal, and none with NO_COLOR', async () => {
    const coloured = (options: Parameters<typeof session>[1]) =>
      session(on('tools'), options).then(({ stdout }) => stdout.includes('\u001b['))
    assert.equal(await coloured({ tty: true }), true)
    assert.equal(await coloured({ tty: true, env: { NO_COLOR: '1' } }), false)
    assert.equal(await coloured({}), false)
  })

  test('makes a token that expires, and prints it alone on stdout', async () => {
    const { stdout, code } = await session(on('token', 'create', 'laptop', '--expires', '30d'))
    assert.deepEqual([code, stdout], [0, 'lb_secret\n'])
    assert.equal(last()?.params.expiresInSeconds, 30 * 86_400)
    assert.equal(last()?.params.name, 'laptop')
    const { code: wrong, stderr } = await session(on('token', 'create', 'x', '--expires', 'soon'))
    assert.equal(wrong, 2)
    assert.match(stderr, /30d/)
  })

  test('lists tokens without their secrets, and revokes one', async () => {
    const { stdout } = await session(on('token', 'list'))
    assert.match(
      stdout,
      /^ID +NAME.*\na1 +laptop +ada +1970-01-01 00:00 +never +1970-01-02 00:00 +licence +all +nothing\n$/,
    )
    assert.equal((await session(on('token', 'revoke', 'laptop'))).stdout, 'revoked laptop (a1)\n')
    assert.equal(last()?.params.token, 'laptop')
  })

  test('shows what waits for consent, and allows or denies it', async () => {
    const { stdout } = await session(on('approve'))
    assert.match(
      stdout,
      /^ID +WAITS +WHO +TOOL +ARGUMENTS\nc1 +3 s +Laptop +fs_delete_file +\{"path":"\/a"\}\n/,
    )
    assert.match(stdout, /^c1: It would delete "\/a"\.$/m)
    assert.match(stdout, /It has read a letter/)
    assert.match(stdout, /^c1: "luca approve c1 --show" shows its text\.$/m)
    assert.match(
      (await session(on('approve', 'c1', '--show'))).stdout,
      /^c1 .*\n> Dear Eva,\n> yes\.\nIt would /,
    )
    assert.match((await session(on('approve', 'c2', '--show'))).stderr, /No call "c2" is waiting/)
    assert.equal(
      (await session(on('approve', 'c1'))).stdout,
      'allowed fs_delete_file of Laptop; it is done when the client repeats the call\n',
    )
    assert.equal((await session(on('approve', 'c1', '--deny'))).stdout, 'denied fs_delete_file of Laptop\n')
    assert.deepEqual([last()?.params.id, last()?.params.allow], ['c1', false])
    const gone = await session(on('approve', 'c2'))
    assert.deepEqual([gone.code, gone.stderr], [1, 'luca: No call "c2" is waiting.\n'])
  })

  test('doctor says what is wrong and what to do, and ends with 1', async () => {
    const { code, stdout } = await session(on('doctor', '--json'))
    assert.equal(code, 1)
    const { ok, checks } = JSON.parse(stdout)
    assert.equal(ok, false)
    const byName = new Map<string, { level: string; advice?: string }>(
      checks.map((c: { check: string }) => [c.check, c]),
    )
    assert.equal(byName.get('node')?.level, 'ok')
    assert.equal(byName.get('koffi')?.level, 'ok')
    assert.equal(byName.get('gateway')?.level, 'ok')
    assert.equal(byName.get('isolation')?.level, 'warn')
    assert.equal(byName.get('server fs')?.level, 'fail')
    assert.match(byName.get('server fs')?.advice ?? '', /Start "luca up" again/)
    assert.match((await session(on('doctor'))).stdout, /^fail {2}server fs: .*luca up/m)
  })

  test('doctor says that a GPU is wanted which there is no build for', async () => {
    using models = temporaryDirectory()
    writeFileSync(join(models.path, 'settings.json'), '{"gpu":"cuda"}')
    const { stdout } = await session(on('doctor'), { env: { LLMBDO_MODELS_DIR: models.path } })
    assert.match(stdout, /^warn {2}gpu: A GPU is wanted by cuda, and there is no build.*LLAMA=cuda/m)
    assert.doesNotMatch((await session(on('doctor'))).stdout, /gpu:/)
  })

  test('every command that asks the gateway gives JSON, and nothing else, with --json', async () => {
    for (const words of [
      ['tools'],
      ['ls'],
      ['cat', '/a'],
      ['token', 'list'],
      ['call', 'x_echo'],
      ['doctor'],
    ]) {
      const { stdout, stderr } = await session(on(...words, '--json'))
      assert.doesNotThrow(() => JSON.parse(stdout), words[0])
      assert.equal(stderr, '')
    }
  })

  test('Ctrl-C cancels the call and ends with 130', async () => {
    const child = spawn(process.execPath, [MAIN, ...on('call', 'fs_hang')], { stdio: 'ignore' })
    const called = () => gateway.received.some(({ params }) => params.name === 'fs_hang')
    const ended = once(child, 'exit')
    await until(called, 'the call arrives')
    child.kill('SIGINT')
    assert.equal((await ended)[0], 130)
    await until(() => last()?.method === 'notifications/cancelled', 'the cancellation arrives')
  })

  test('a reader that has seen enough ends it quietly', async () => {
    const child = spawn(process.execPath, [MAIN, ...on('tools')])
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await once(child, 'close')
    assert.equal(stderr, '')
  })
})

describe('luca without a gateway', () => {
  test('says how to get one, and ends with 3', async () => {
    const { code, stderr } = await session(['tools', '--socket', '/nowhere/gateway.sock'])
    assert.equal(code, 3)
    assert.match(stderr, /\/nowhere\/gateway\.sock; start one with "luca up"/)
  })

  test('looks where the environment says', async () => {
    const named = await session(['ls'], { env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: '/named.sock' } })
    assert.match(named.stderr, /at \/named\.sock;/)
    const state = await session(['ls'], { env: { LLMBDO_STATE: '/state' } })
    assert.match(state.stderr, /at \/state\/run\/mcp\/gateway\.sock;/)
  })
})

test('what few commands need is loaded by those alone', () => {
  // Node's HTTP brings a whole client with it: 7 MB, and time before the first word.
  const heavy = ['http', 'https', 'tls', 'http2', 'crypto', 'zlib', 'internal/deps/undici/undici']
  const told = `process.on('exit', () => console.error(JSON.stringify(process.moduleLoadList)))`
  const preloaded = `--import=data:text/javascript,${encodeURIComponent(told)}`
  const words = [preloaded, '--disable-warning=ExperimentalWarning', MAIN, 'version']
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  const loaded: string[] = JSON.parse(stderr)
  assert.deepEqual(
    heavy.filter((name) => loaded.includes(`NativeModule ${name}`)),
    [],
  )
})
