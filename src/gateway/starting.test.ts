import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'

/** Of every network: of IPv6 where this machine has that. */
const hasIPv6 = Object.values(networkInterfaces()).some((of) => of?.some(({ family }) => family === 'IPv6'))
const EVERYWHERE = ['0.0.0.0', ...(hasIPv6 ? ['::'] : [])]

const MAIN = join(import.meta.dirname, 'main.ts')

/** Gives the gateway a socket that is bound, and tells how it ended and whether it ever listened on that. */
const SCRIPT = `
import json, os, socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
given = socket.socket(family); given.bind((sys.argv[1], 0))
pid = os.fork()
if pid == 0:
    os.dup2(given.fileno(), 3); os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='http')
    os.execv(sys.argv[2], sys.argv[2:])
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
listened = given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) != 0
print(json.dumps({'status': status, 'listened': listened}))
`

test('a gateway that asks for no token, and is given a socket for others, never listens on it and opens nothing', async () => {
  for (const address of EVERYWHERE) {
    using folder = temporaryDirectory()
    const state = join(folder.path, 'state')
    mkdirSync(state)
    const { stdout, stderr } = await promisify(execFile)(
      'python3',
      ['-c', SCRIPT, address, process.execPath, '--disable-warning=ExperimentalWarning', MAIN],
      {
        env: {
          ...process.env,
          STATE_DIRECTORY: state,
          CONFIGURATION_DIRECTORY: folder.path,
          LLMBDO_GATEWAY_NO_AUTH: '1',
        },
      },
    )
    assert.deepEqual(JSON.parse(stdout), { status: 2, listened: false })
    assert.ok(stderr.includes(`--no-auth is for loopback only, and this gateway has a socket on ${address}:`))
    assert.deepEqual(readdirSync(state), [])
  }
})
