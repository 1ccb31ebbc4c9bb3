/** Writes 1 MB to a.txt in the folder that it is given and prints why that failed. Run with a limit on sizes. */
import { ConfinedFiles } from '../confined/confined-files.ts'
import { Root } from '../confined/root.ts'
import { fakeCall } from './served.ts'

process.on('SIGXFSZ', () => {}) // or the limit would end the process before the error is seen
using files = new ConfinedFiles(new Root(process.argv[2] ?? ''))
try {
  await files.write('a.txt', Buffer.alloc(1_000_000), fakeCall())
} catch (error) {
  process.stdout.write(String(error))
}
