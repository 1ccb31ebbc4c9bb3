/** `make bench FILE=scripts/bench/chat.ts`: the part of the benchmark that is about conversations, alone. */
import { measureChat } from './chat/measure.ts'
import { keep } from './keep.ts'
import { chatTables } from './report.ts'

const quick = process.argv.includes('--quick')
const figures = await measureChat(quick, (line) => void process.stderr.write(`${line}\n`))
const text = chatTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { chat: text })
process.exit()
