/** The smallest machine, all of it in memory, in the hands of somebody with a shell. */
import { after, before, describe } from 'node:test'
import { publicKey } from './clients.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'
import { testsOfOverload } from './overload.ts'

describe('a machine with 512 MB and no disk', () => {
  let machine: Machine
  before(async () => {
    const credentials = { 'llmbasedos.ssh-keys': publicKey, 'llmbasedos.hostname': 'attic' }
    machine = await Machine.boot({ processors: 2, memoryMb: 512, credentials })
  })
  after(() => machine?.stop())
  savesLogs(() => machine)

  testsOfOverload(() => machine, 'attic')
})
