/** `make bench FILE=scripts/bench/documents.ts`: the part of the benchmark that is about reading documents, alone. */
import { measureDocuments } from './documents/measure.ts'
import { keep } from './keep.ts'
import { documentTables } from './report.ts'

const quick = process.argv.includes('--quick')
const figures = await measureDocuments(quick, (line) => void process.stderr.write(`${line}\n`))
const text = documentTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { documents: text })
process.exit()
