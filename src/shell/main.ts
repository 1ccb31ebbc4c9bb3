import { luca } from './luca.ts'

// Whoever read the output has seen enough, as in "luca ls | head".
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

process.exitCode = await luca(process.argv.slice(2), process)
