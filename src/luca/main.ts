import { luca } from './luca.ts'

// Whoever read the output has seen enough, as in "luca ls | head", or has closed the terminal.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    process.exit()
  })

process.exitCode = await luca(process.argv.slice(2), process)
