/**
 * Runs in the booted system: cold-in-unit.mjs RUNS asleep|first. How long calls take to a server that sleeps in its sandbox, or
 * that has none yet, and what memory the gateway and a sandbox take. Prints JSON.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const [runs, kind] = process.argv.slice(2)
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
const show = (property, unit = UNIT) => systemctl('show', '--value', `--property=${property}`, unit)
const processOf = (...args) => Number(execFileSync('pgrep', args, { encoding: 'utf8' }))

/** As its idle time would. */
async function putToSleep() {
  process.kill(processOf('--parent', show('MainPID')), 'SIGTERM')
  while (show('StatusText') !== 'asleep') await sleep(50)
}
/** How long first calls take after something was done, in milliseconds, in their order. */
async function coldCalls(before) {
  const ms = []
  for (let run = 1; run <= runs; run++) {
    await before()
    // A server that sleeps has ended long ago: the manager has tidied up after it.
    await sleep(500)
    ms.push(await call(run))
  }
  return ms.sort((a, b) => a - b)
}
/** What a file of /proc says of a process's memory, in MB. */
const residentMb = (pid, file, name) => {
  const [, kb] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
  return (kb * 1024) / 1e6
}

await call(0)
const stop = () => systemctl('stop', UNIT)
const ms = await coldCalls(kind === 'asleep' ? putToSleep : stop)
await putToSleep()
const standbyMb = residentMb(show('MainPID'), 'smaps_rollup', 'Pss')
stop()
const gatewayMb = residentMb(show('MainPID', 'llmbasedos-gateway.service'), 'status', 'VmRSS')
console.log(JSON.stringify({ ms, standbyMb, gatewayMb }))
process.exit()
