import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { createNotifier } from './notify.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

/** Prints each datagram as a line of JSON: Node itself has no UNIX datagram sockets. */
const LISTEN = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True: print(json.dumps(s.recv(4096).decode()), flush=True)
`
const folder = temporaryDirectory()
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill()
  folder[Symbol.dispose]()
})

async function manager(name: string) {
  const path = join(folder.path, name)
  const child = spawn('python3', ['-c', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value ?? 'null') as string | null
  assert.equal(await next(), 'listening')
  return { path, next }
}

/** libsystemd reads the real environment of the process, so each case runs in a process of its own. */
function notifying(
  env: NodeJS.ProcessEnv,
  script: string,
  module = new URL('notify.ts', import.meta.url).href,
) {
  const source = `import { createNotifier } from '${module}'; const notifier = createNotifier(); ${script}`
  const { NOTIFY_SOCKET: _, ...inherited } = process.env
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  return child
}

const built =
  spawnSync(process.execPath, ['-e', "require('sd-notify')"], { cwd: import.meta.dirname }).status === 0
const needsNative = { skip: built ? false : 'sd-notify is not built: run "make native"' }

test('without a manager nothing happens', () => {
  const notifier = createNotifier({ WATCHDOG_USEC: '1000' })
  notifier.ready()
  notifier.status('working')
  notifier.startWatchdog(() => assert.fail('nobody asked'))
  notifier.stopping()
  notifier.close()
})

test('the manager hears of readiness, status and the end', needsNative, async () => {
  const { path, next } = await manager('states')
  notifying(
    { NOTIFY_SOCKET: path },
    "notifier.ready(); notifier.status('two\\nREADY=0'); notifier.stopping()",
  )
  assert.deepEqual(
    [await next(), await next(), await next()],
    ['READY=1', 'STATUS=two READY=0', 'STOPPING=1'],
  )
})

test(
  'the watchdog reports life while the process is healthy, and lets the process end',
  needsNative,
  async () => {
    const { path, next } = await manager('watchdog')
    const script = `
    let asked = 0
    notifier.startWatchdog(() => ++asked === 2 || asked === 3)
    const look = setInterval(() => { if (asked >= 5) { clearInterval(look); notifier.stopping() } }, 5)`
    const child = notifying({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '20000' }, script)
    assert.deepEqual([await next(), await next(), await next()], ['WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1'])
    if (child.exitCode === null) await once(child, 'exit')
    assert.equal(child.exitCode, 0)
  },
)

test('a watchdog meant for another process is left alone', needsNative, async () => {
  const { path, next } = await manager('other')
  // With no timer of its own, nothing can ask later.
  const script = `
    globalThis.setInterval = () => { throw new Error('it will ask') }
    notifier.startWatchdog(() => { throw new Error('asked') })
    notifier.stopping()`
  notifying({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' }, script)
  assert.equal(await next(), 'STOPPING=1')
})

test('where the native package is missing, the error says how to build it', async () => {
  const copy = join(folder.path, 'host', 'notify.ts')
  cpSync(new URL('notify.ts', import.meta.url), copy)
  cpSync(new URL('../protocol', import.meta.url), join(folder.path, 'protocol'), { recursive: true })
  const child = notifying({ NOTIFY_SOCKET: '/nowhere' }, 'notifier.ready()', copy)
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  await once(child, 'close')
  assert.match(said, /"make native".*libsystemd-dev/)
})
