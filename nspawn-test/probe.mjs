/** Runs inside a unit's own sandbox, in place of its program: tries each thing that it is given, and says what came of it. */
import { lstatSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'

const reach = (target) =>
  new Promise((resolve, reject) => {
    const socket = connect(target)
    socket.setTimeout(2000, () => reject(Object.assign(new Error('no answer'), { code: 'TIMEOUT' })))
    socket.once('connect', () => resolve(socket.destroy()))
    socket.once('error', reject)
  })

const tries = {
  read: (path) => readFileSync(path).length,
  list: (path) => readdirSync(path).join(' '),
  /** A folder that its unit names in a variable. */
  own: (variable) => readdirSync(process.env[variable]).join(' '),
  see: (path) => lstatSync(path).uid,
  write: (path) => writeFileSync(path, 'written by a probe'),
  change: (path) => openSync(path, 'r+'),
  connect: (path) => reach({ path }),
  network: (port) => reach({ host: '127.0.0.1', port: Number(port) }),
  outside: (address) => reach({ host: address, port: 53 }),
  signal: (pid) => process.kill(Number(pid), 0),
  become: (uid) => process.setuid(Number(uid)),
}

const results = {}
const [, , tag, lines] = process.argv
for (const line of JSON.parse(lines)) {
  const [verb, target] = line.split(' ')
  try {
    const result = await tries[verb](target)
    results[line] = `yes ${result ?? ''}`.trim()
  } catch (error) {
    results[line] = `no ${error.code ?? error.message}`
  }
}
console.log(`PROBED ${tag} ${JSON.stringify(results)}`)
