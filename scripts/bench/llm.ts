/** `make bench FILE=scripts/bench/llm.ts`: the part of the benchmark that is about language models, alone. */

import { keep } from './keep.ts'
import { measureLlm } from './llm/measure.ts'
import { llmTables } from './report.ts'

const quick = process.argv.includes('--quick')
const figures = await measureLlm(quick, (line) => void process.stderr.write(`${line}\n`))
const text = llmTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { llm: text })
process.exit()
