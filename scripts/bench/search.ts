/** `make bench FILE=scripts/bench/search.ts`: the part of the benchmark that is about searching files, alone. */
import { keep } from './keep.ts'
import { searchTables } from './report.ts'
import { measureSearch } from './search/measure.ts'

const quick = process.argv.includes('--quick')
const figures = await measureSearch(quick, (line) => void process.stderr.write(`${line}\n`))
const text = searchTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { search: text })
process.exit()
