/** Runs in the booted system: first calls to a server whose unit is stopped, and what the gateway takes. Prints JSON. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const [runs] = process.argv.slice(2).map(Number)
const UNIT = 'mcp-fs@owner.service'
const socket = connect('/run/mcp/gateway.sock')
let received = ''
let answered = () => {}
socket.setEncoding('utf8').on('data', (chunk) => {
  received += chunk
  if (received.endsWith('\n')) answered()
})

/** How long a call takes, in milliseconds. */
const call = (id) =>
  new Promise((resolve, reject) => {
    const sent = performance.now()
    received = ''
    answered = () => {
      const { result, error } = JSON.parse(received)
      if (result) resolve(performance.now() - sent)
      else reject(new Error(JSON.stringify(error)))
    }
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'mcp.fs.list', params: ['/'] })}\n`)
  })
const systemctl = (...args) => execFileSync('systemctl', args, { encoding: 'utf8' }).trim()

await call(0)
const coldMs = []
for (let run = 1; run <= runs; run++) {
  systemctl('stop', UNIT)
  // A server that sleeps has ended long ago: the manager has tidied up after it.
  await sleep(500)
  coldMs.push(await call(run))
}
systemctl('stop', UNIT)
const pid = systemctl('show', '--value', '--property=MainPID', 'llmbasedos-gateway.service')
const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
console.log(JSON.stringify({ coldMs: coldMs.sort((a, b) => a - b), residentMb: (kb * 1024) / 1e6 }))
process.exit()
