/**
 * Has /notes searched as a user who may not read everything in it, takes the permission from some more, and prints what is found.
 * Root turns into nobody. Arguments: the top folder, and that of the state.
 */
import { chmodSync } from 'node:fs'
import { Searching } from './searching.ts'

const NOBODY = 65534
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
const [root = '', state = ''] = process.argv.slice(2)
await using it = await new Searching({}, { root, state }).start()
await it.add('/notes')
const before = await it.found('kettle', { limit: 20 })
chmodSync(it.real('notes/lost.md'), 0)
chmodSync(it.real('notes/deep'), 0)
const after = await it.found('kettle', { limit: 20 })
await it.running.wake('look')
await it.running.worked()
const { files, waiting } = await it.status()
const { why } = await it.statusOf('/notes/lost.md')
process.stdout.write(JSON.stringify({ before: before.sort(), after, files, waiting, why }))
