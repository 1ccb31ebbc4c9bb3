/**
 * Two networks of the kernel, for a test that puts nothing in the place of anything: this program is in one, and a server
 * in the other, behind a router's hop, at addresses that are public. Needs a network and a mount namespace of its own, since it
 * puts a file of hosts in the place of the machine's. Prints what came of each host, as JSON.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createOutward } from '../outward.ts'

const PORT = 8080
const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })
/** Of hosts, the file of their names, and those to ask. Without any, this is the server. */
const [, program = '', names, ...hosts] = process.argv

if (names === undefined) {
  await once(process.stdin, 'data')
  ip('link', 'set', 'lo', 'up')
  for (const address of ['93.184.215.14/32', '2606:2800::14/128']) ip('address', 'add', address, 'dev', 'lo')
  for (const address of ['8.8.4.2/24', '2a01:4f8::2/64'])
    ip('address', 'add', address, 'dev', 'there', ...(address.includes(':') ? ['nodad'] : []))
  ip('link', 'set', 'there', 'up')
  createServer((_, res) => res.end('reached')).listen(PORT, '::', () => process.stdout.write('ready'))
} else {
  execFileSync('mount', ['--bind', names, '/etc/hosts'])
  const server = spawn('unshare', ['--net', process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    ip('link', 'set', 'lo', 'up')
    ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there')
    ip('link', 'set', 'there', 'netns', String(server.pid))
    ip('address', 'add', '8.8.4.1/24', 'dev', 'here')
    ip('address', 'add', '2a01:4f8::1/64', 'dev', 'here', 'nodad')
    ip('address', 'add', '9.9.9.9/32', 'dev', 'lo')
    ip('link', 'set', 'here', 'up')
    ip('route', 'add', 'default', 'via', '8.8.4.2')
    ip('-6', 'route', 'add', 'default', 'via', '2a01:4f8::2')
    server.stdin.write('go')
    await once(server.stdout, 'data')
    const outward = createOutward({ setting: '"hosts" in test.yaml' })
    const came: Record<string, string> = {}
    for (const host of hosts) {
      const answer = outward.fetch(`http://${host}:${PORT}/`).then((response) => response.text())
      came[host] = await answer.catch((error: Error) => error.message)
    }
    outward.close()
    process.stdout.write(JSON.stringify(came))
  } finally {
    server.kill('SIGKILL')
  }
}
