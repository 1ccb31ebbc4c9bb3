/** The real gateway alone, on sockets that it inherits as from systemd: HTTP, HTTPS with a certificate, UNIX. No servers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ensureCertificate } from '../../src/admin/certificates.ts'
import { testMachine } from '../../src/admin/testing/machine.ts'
import { META, MODERN_VERSION } from '../../src/protocol/mcp.ts'
import { ROOT } from './appliance.ts'

export interface BareGateway extends AsyncDisposable {
  pid: number
  /** Of HTTPS; its name is `box.local`. */
  port: number
  /** Of the authority that its certificate is from. */
  ca: string
  token: string
}

const SCRIPT = `
import os, socket, sys
https = socket.socket(); https.bind(('127.0.0.1', 0)); https.listen(4096)
own = socket.socket(socket.AF_UNIX); own.bind(sys.argv[1]); own.listen(8)
print(https.getsockname()[1], flush=True)
a, b = os.dup(https.fileno()), os.dup(own.fileno())
https.close(); own.close()
os.dup2(a, 3); os.dup2(b, 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='https:unix')
os.execv(sys.argv[2], sys.argv[2:])
`

/** Needs `make build`. */
export async function startBareGateway(): Promise<BareGateway> {
  const machine = testMachine()
  const at = (name: string) => join(machine.folder, name)
  await ensureCertificate(machine)
  for (const name of ['gateway', 'credentials', 'configuration', 'users']) mkdirSync(at(name))
  const sealed = join(machine.state, 'credstore.encrypted/llmbasedos-gateway._.tls.pem')
  const text = readFileSync(sealed, 'utf8').slice('sealed:'.length)
  writeFileSync(at('credentials/llmbasedos-gateway._.tls.pem'), Buffer.from(text, 'base64'))
  const gateway = spawn(
    'python3',
    ['-c', SCRIPT, at('unix.sock'), process.execPath, join(ROOT, 'dist/gateway.mjs')],
    {
      env: {
        ...process.env,
        STATE_DIRECTORY: at('gateway'),
        CONFIGURATION_DIRECTORY: at('configuration'),
        CREDENTIALS_DIRECTORY: at('credentials'),
        LLMBDO_USERS: at('users'),
        LLMBDO_MCP_CAPS_DIR: at('caps'),
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [port] = await once(gateway.stdout, 'data')
  gateway.stdout.resume()
  return {
    pid: gateway.pid as number,
    port: Number(port),
    ca: readFileSync(join(machine.state, 'ca.crt'), 'utf8'),
    token: await newToken(at('unix.sock')),
    async [Symbol.asyncDispose]() {
      const gone = once(gateway, 'exit')
      gateway.kill('SIGKILL')
      await gone
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
          [META.version]: MODERN_VERSION,
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
