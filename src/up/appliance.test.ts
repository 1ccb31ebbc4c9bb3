import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from '../client/connect.ts'
import { instanceName } from '../command/installation.ts'
import { logFileIn, logFolderIn } from '../command/log/file.ts'
import { readRecord } from '../command/log/record.ts'
import { isAlive, say, type Up, until, up, type Workplace, workplace } from './fixtures/appliance.ts'

/** What the stand-in gateway says it was given. */
async function given(place: Workplace): Promise<{ env: Record<string, string>; pid: number }> {
  const link = await connect(place.gatewaySocket, { clientInfo: { name: 'test', version: '0' } })
  try {
    return (await link.request('test/given')) as unknown as { env: Record<string, string>; pid: number }
  } finally {
    link.close()
  }
}

const tokenOf = (appliance: Up) => appliance.lines.find((line) => line.startsWith('token'))?.split(/\s+/)[1]

describe('a running appliance', () => {
  let place: Workplace
  let appliance: Up
  before(async () => {
    place = workplace()
    appliance = await up(place, ['--caps', place.files], {
      env: { NODE_EXTRA_CA_CERTS: '/dev/null', SECRET: 'of the shell' },
    })
  })
  after(async () => {
    await appliance.stop()
    place.remove()
  })

  /** Lets the server end; gives the id of the process that it was. */
  async function putToSleep(): Promise<number> {
    const pid = (await sayUntilAnswered(place, 'pid')) as number
    await say(place.socket('echo'), 'end')
    await until(() => !isAlive(pid), 'the server ends')
    return pid
  }

  test('prints a token and, last, the URL that it is ready at', () => {
    assert.match(tokenOf(appliance) ?? '', /^lb_/)
    assert.match(appliance.lines.at(-1) ?? '', /^ready http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  })

  test('keeps its state and its token for the owner alone', () => {
    assert.equal(statSync(place.state).mode & 0o777, 0o700)
    const path = join(place.state, 'owner.token')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(readFileSync(path, 'utf8').trim(), tokenOf(appliance))
  })

  test('gives the gateway both sockets by name, its folders, and the extra descriptors', async () => {
    const { env, pid } = await given(place)
    assert.equal(env.LISTEN_PID, String(pid))
    assert.equal(env.LISTEN_FDS, '2')
    assert.deepEqual(env.LISTEN_FDNAMES?.split(':').sort(), ['http', 'unix'])
    assert.equal(env.STATE_DIRECTORY, join(place.state, 'lib/gateway'))
    assert.match(env.LLMBDO_MCP_CAPS_DIR ?? '', new RegExp(`dist/caps:${place.files}$`))
    assert.equal(env.LLMBDO_OWNER, instanceName())
    assert.equal(env.LLMBDO_GATEWAY_NO_AUTH, undefined)
  })

  test('hands its own environment to no server', async () => {
    const { env } = await given(place)
    assert.equal(env.SECRET, undefined)
    assert.equal(env.NODE_EXTRA_CA_CERTS, undefined)
    assert.equal(env.PATH, process.env.PATH)
  })

  test('keeps the lines of a service in its log, with its name and without the priority of the journal', () => {
    const lines = readFileSync(logFileIn(logFolderIn(place.state)), 'utf8')
      .trim()
      .split('\n')
    const said = lines.map(readRecord).find(({ message }) => message === 'the gateway serves')
    assert.equal(said?.unit, 'llmbasedos-gateway')
    assert.doesNotMatch(appliance.log(), /the gateway serves/)
  })

  test('wakes a server by the first connection, and gives it the served folder', async () => {
    const env = (await say(place.socket('echo'), 'env')) as Record<string, string>
    assert.equal(env.ROOT, place.files)
    assert.equal(env.LISTEN_FDS, '1')
    assert.equal(env.LLMBDO_FS_HIDDEN, undefined)
  })

  test('gives a server the folder of its user that its unit asks for, for its owner alone', async () => {
    const env = (await say(place.socket('echo'), 'env')) as Record<string, string>
    assert.equal(env.STATE_DIRECTORY, join(place.state, 'lib/echo', instanceName()))
    assert.equal(statSync(env.STATE_DIRECTORY).mode & 0o777, 0o700)
  })

  test("answers at the owner's short path too", async () => {
    assert.equal(typeof (await say(join(place.state, 'run/mcp/echo.sock'), 'pid')), 'number')
  })

  test('starts one process for connections that come together', async () => {
    await putToSleep()
    const pids = await Promise.all(Array.from({ length: 20 }, () => sayUntilAnswered(place, 'pid')))
    assert.equal(new Set(pids).size, 1)
  })

  test('starts a server again after it went to sleep', async () => {
    const first = await putToSleep()
    const second = await say(place.socket('echo'), 'pid')
    assert.notEqual(second, first)
  })

  test('starts a server again after a crash, while the connection waits', async () => {
    const first = await sayUntilAnswered(place, 'pid')
    await say(place.socket('echo'), 'crash')
    await until(() => !isAlive(first as number), 'the server crashes')
    const second = await say(place.socket('echo'), 'pid')
    assert.notEqual(second, first)
    await until(
      () => /warn {2}echo .*was ended by SIGKILL; it can start again/.test(appliance.log()),
      'the log',
    )
  })

  test('ends what a server that ended has left running', async () => {
    const child = (await sayUntilAnswered(place, 'child')) as number
    assert.ok(isAlive(child))
    await say(place.socket('echo'), 'end')
    await until(() => !isAlive(child), 'the child of the server ends')
  })

  test('brings the gateway back after a crash', async () => {
    const { pid } = await given(place)
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 'the gateway ends')
    assert.notEqual((await given(place)).pid, pid)
  })

  test('is alone on its state: a second one says who runs, and ends with its own exit code', async () => {
    const second = await up(place)
    assert.equal(await second.ended, 5)
    assert.match(second.log(), new RegExp(`pid ${appliance.process.pid}`))
  })
})

/** A server that is just ending may hang up on a connection that it had accepted already. */
async function sayUntilAnswered(place: Workplace, word: string): Promise<unknown> {
  for (const end = Date.now() + 20_000; ; ) {
    const answer = await say(place.socket('echo'), word).catch(() => undefined)
    if (answer !== undefined) return answer
    assert.ok(Date.now() < end, `the server never answered "${word}"`)
  }
}

async function withPlace(
  body: (place: Workplace) => Promise<void>,
  extra?: Parameters<typeof workplace>[0],
): Promise<void> {
  const place = workplace(extra)
  try {
    await body(place)
  } finally {
    place.remove()
  }
}

describe('an appliance that stops', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    test(`leaves no process and no socket after ${signal}`, () =>
      withPlace(async (place) => {
        const appliance = await up(place)
        const gateway = (await given(place)).pid
        const server = (await say(place.socket('echo'), 'pid')) as number
        const child = (await say(place.socket('echo'), 'child')) as number
        assert.equal(await appliance.stop(signal), 0)
        assert.deepEqual([gateway, server, child].filter(isAlive), [])
        const left = readdirSync(join(place.state, 'run'), { recursive: true, encoding: 'utf8' })
        assert.deepEqual(
          left.filter((file) => file.endsWith('.sock')),
          [],
        )
      }))

  test('kills a server that does not end in its time', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        const server = (await say(place.socket('echo'), 'pid')) as number
        assert.equal(await appliance.stop(), 0)
        assert.equal(isAlive(server), false)
        assert.match(appliance.log(), /did not end within 50 ms/)
      },
      { server: 'Environment=FAKE_STUBBORN=1\nTimeoutStopSec=50ms' },
    ))

  test('kills at once on the second signal', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        const server = (await say(place.socket('echo'), 'pid')) as number
        const gateway = (await given(place)).pid
        appliance.process.kill('SIGINT')
        await until(() => !isAlive(gateway), 'the gateway ends')
        assert.equal(await appliance.stop('SIGINT'), 0)
        assert.equal(isAlive(server), false)
      },
      { server: 'Environment=FAKE_STUBBORN=1\nTimeoutStopSec=10min' },
    ))

  test('takes every service with it when it is killed, and the next one replaces its sockets', () =>
    withPlace(async (place) => {
      const killed = await up(place)
      const gateway = (await given(place)).pid
      const server = (await say(place.socket('echo'), 'pid')) as number
      const child = (await say(place.socket('echo'), 'child')) as number
      await killed.stop('SIGKILL')
      await until(() => ![gateway, server, child].some(isAlive), 'the services end')
      assert.ok(existsSync(place.socket('echo')))
      const next = await up(place)
      assert.equal(typeof (await say(place.socket('echo'), 'pid')), 'number')
      assert.equal(tokenOf(next), tokenOf(killed))
      assert.equal(await next.stop(), 0)
    }))
})

describe('an appliance that starts', () => {
  test('makes a new token where the kept one was revoked or made anew by hand', () =>
    withPlace(async (place) => {
      const first = await up(place)
      await first.stop()
      const tokens = join(place.state, 'lib/gateway/tokens.json')
      const [record] = JSON.parse(readFileSync(tokens, 'utf8'))
      rmSync(tokens)
      const second = await up(place)
      await second.stop()
      assert.notEqual(tokenOf(second), tokenOf(first))
      writeFileSync(tokens, JSON.stringify([{ ...record, id: 'other' }]))
      const third = await up(place)
      await third.stop()
      assert.notEqual(tokenOf(third), tokenOf(second))
    }))

  test('with --no-auth tells the gateway so and makes no token', () =>
    withPlace(async (place) => {
      const appliance = await up(place, ['--no-auth'])
      assert.equal((await given(place)).env.LLMBDO_GATEWAY_NO_AUTH, '1')
      await appliance.stop()
      assert.equal(tokenOf(appliance), undefined)
      assert.match(
        appliance.lines.join('\n'),
        /^open +no token is needed: every program .* pages .*http\.origins/m,
      )
      assert.equal(existsSync(join(place.state, 'owner.token')), false)
    }))

  test('hides its state from the servers where it lies among the files', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        const env = (await say(place.socket('echo'), 'env')) as Record<string, string>
        assert.equal(env.LLMBDO_FS_HIDDEN, place.state)
        await appliance.stop()
      },
      { state: 'files/state' },
    ))

  test('with --json prints one document that names what is not applied', () =>
    withPlace(async (place) => {
      const appliance = await up(place, ['--json'])
      const document = JSON.parse(appliance.lines.join('\n'))
      assert.match(document.url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
      assert.match(document.token, /^lb_/)
      assert.equal(document.files, place.files)
      assert.ok(document.servers.includes(`mcp-echo@${instanceName()}.service`))
      const directives = document.notApplied.map(({ key }: { key: string }) => key)
      assert.ok(directives.includes('NoNewPrivileges') && directives.includes('WatchdogSec'))
      assert.ok(!directives.includes('ExecStart'))
      await appliance.stop()
    }))

  test('that is interrupted before it was ready ends what it started, with 130', () =>
    withPlace(
      async (place) => {
        const starting = up(place)
        const log = () => readFileSync(join(place.state, 'run/started'), 'utf8')
        await until(() => existsSync(join(place.state, 'run/started')) && log() !== '', 'the gateway starts')
        for (const appliance of place.appliances) appliance.kill('SIGINT')
        const appliance = await starting
        assert.equal(await appliance.ended, 130)
        assert.equal(isAlive(Number(log())), false)
      },
      { gateway: 'Environment=FAKE_SILENCE=/run/started' },
    ))

  test('says the last lines of a gateway that does not start', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        assert.equal(await appliance.ended, 1)
        assert.match(appliance.log(), /The gateway exited with 1 before it was ready.*\n\s+no-disk-here/)
        assert.equal(existsSync(place.gatewaySocket), false)
      },
      { gateway: 'Environment=FAKE_FAILURE=no-disk-here' },
    ))

  test('refuses a port that is in use, with a hint', () =>
    withPlace(async (place) => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address() as AddressInfo
      const appliance = await up(place, [], { port })
      assert.equal(await appliance.ended, 5)
      assert.match(appliance.log(), new RegExp(`Port ${port} .* in use .*--port`))
      taken.close()
    }))

  test('refuses a state folder whose sockets would have too long a path', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        assert.equal(await appliance.ended, 2)
        assert.match(appliance.log(), /107 bytes.*shorter --state/)
      },
      { state: 'long'.repeat(25) },
    ))

  test('refuses a directive that it does not know, and names the place', () =>
    withPlace(
      async (place) => {
        const appliance = await up(place)
        assert.equal(await appliance.ended, 1)
        assert.match(appliance.log(), /mcp-echo@\.service:\d+: .*CoredumpReceive/)
      },
      { server: 'CoredumpReceive=yes' },
    ))

  test('refuses a folder of files that does not exist', () =>
    withPlace(async (place) => {
      rmSync(place.files, { recursive: true })
      const appliance = await up(place)
      assert.equal(await appliance.ended, 2)
      assert.match(appliance.log(), /--files/)
      mkdirSync(place.files)
    }))
})
