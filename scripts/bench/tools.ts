/** `make bench FILE=scripts/bench/tools.ts`: the part of the benchmark that is about models that call tools, alone. */
import { keep } from './keep.ts'
import { toolsTables } from './report.ts'
import { measureTools } from './tools/measure.ts'

const quick = process.argv.includes('--quick')
const figures = await measureTools(quick, (line) => void process.stderr.write(`${line}\n`))
const text = toolsTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { tools: text })
process.exit()
