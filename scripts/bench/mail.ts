/** `make bench FILE=scripts/bench/mail.ts`: the part of the benchmark that is about mail, alone. */
import { keep } from './keep.ts'
import { measureMail } from './mail/measure.ts'
import { mailTables } from './report.ts'

const quick = process.argv.includes('--quick')
const figures = await measureMail(quick, (line) => void process.stderr.write(`${line}\n`))
const text = mailTables(figures)
process.stdout.write(`${text}\n`)
keep(figures, quick, { mail: text })
process.exit()
