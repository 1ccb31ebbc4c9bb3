/** The real gateway alone, on sockets that it inherits as from systemd: HTTP, HTTPS with a certificate, UNIX. No servers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ensureCertificate } from '../../src/admin/certificates.ts'
import { type TestMachine, testMachine } from '../../src/admin/testing/machine.ts'
import { CURRENT_VERSION, META } from '../../src/protocol/mcp.ts'
import { ROOT } from './appliance.ts'

export interface BareGateway extends AsyncDisposable {
  pid: number
  /** Of HTTPS; its name is `box.local`. */
  port: number
  /** Of the CA that its certificate is from. */
  ca: string
  token: string
}

/** Passes on a socket for HTTPS and a UNIX socket, as systemd does, and says the port. */
const SCRIPT = `
import os, socket, sys
https = socket.socket(); https.bind(('127.0.0.1', 0)); https.listen(4096)
own = socket.socket(socket.AF_UNIX); own.bind(sys.argv[1]); own.listen(8)
print(https.getsockname()[1], flush=True)
a, b = os.dup(https.fileno()), os.dup(own.fileno())
https.close(); own.close()
os.dup2(a, 3); os.dup2(b, 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='https:' + sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
`

export interface SpawnedGateway extends AsyncDisposable {
  pid: number
  /** Of HTTPS. */
  port: number
  /** The UNIX socket. */
  socket: string
}

/**
 * Starts a gateway's program with a machine's certificate, if it has one, on HTTPS and a UNIX socket of that name
 * (`unix`, `certificate`).
 */
export async function spawnGateway(
  machine: TestMachine,
  program: string,
  socketName: string,
): Promise<SpawnedGateway> {
  const at = (name: string) => join(machine.folder, name)
  for (const name of ['gateway', 'credentials', 'configuration', 'users']) mkdirSync(at(name))
  const sealed = join(machine.state, 'credstore.encrypted/llmbasedos-gateway._.tls.pem')
  if (existsSync(sealed)) {
    const text = readFileSync(sealed, 'utf8').slice('sealed:'.length)
    writeFileSync(at('credentials/llmbasedos-gateway._.tls.pem'), Buffer.from(text, 'base64'), {
      mode: 0o600,
    })
  }
  const socket = at(`${socketName}.sock`)
  const gateway = spawn('python3', ['-c', SCRIPT, socket, socketName, process.execPath, program], {
    env: {
      ...process.env,
      STATE_DIRECTORY: at('gateway'),
      CONFIGURATION_DIRECTORY: at('configuration'),
      CREDENTIALS_DIRECTORY: at('credentials'),
      LLMBDO_USERS: at('users'),
      LLMBDO_MCP_CAPS_DIR: at('caps'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [port] = await once(gateway.stdout, 'data')
  gateway.stdout.resume()
  return {
    pid: gateway.pid as number,
    port: Number(port),
    socket,
    async [Symbol.asyncDispose]() {
      const gone = once(gateway, 'exit')
      gateway.kill('SIGKILL')
      await gone
    },
  }
}

/** Needs `make build`. */
export async function startBareGateway(): Promise<BareGateway> {
  const machine = testMachine()
  await ensureCertificate(machine)
  const gateway = await spawnGateway(machine, join(ROOT, 'dist/gateway.mjs'), 'unix')
  return {
    pid: gateway.pid,
    port: gateway.port,
    ca: readFileSync(join(machine.state, 'ca.crt'), 'utf8'),
    token: await newToken(gateway.socket),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      machine[Symbol.dispose]()
    },
  }
}

async function newToken(socket: string): Promise<string> {
  const connection = connect(socket).setEncoding('utf8')
  connection.write(
    `${JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'admin/token/create',
      params: {
        name: 'test',
        _meta: {
          [META.version]: CURRENT_VERSION,
          [META.clientCapabilities]: {},
        },
      },
    })}\n`,
  )
  let text = ''
  for await (const part of connection) {
    text += part
    if (text.includes('\n')) break
  }
  return JSON.parse(text).result.token
}
