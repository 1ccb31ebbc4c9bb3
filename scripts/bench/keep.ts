/** Keeps what was measured: the figures in out/bench.json, the tables in docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { withBetween } from '../documents.ts'
import { ROOT } from '../servers.ts'
import type { Figures } from './report.ts'

/** Takes over the figures beside those of other parts, and, of a full run, the tables by their markers. */
export function keep(figures: Figures, quick: boolean, tables: Readonly<Record<string, string>>): void {
  const path = join(ROOT, 'out/bench.json')
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} processors, Node ${process.versions.node}`
  const all = { ...earlier(path), ...figures }
  writeFileSync(path, `${JSON.stringify({ machine, quick, figures: all }, undefined, 2)}\n`)
  if (quick) return
  const page = join(ROOT, 'docs/performance.md')
  let text = readFileSync(page, 'utf8')
  for (const [name, table] of Object.entries(tables))
    text = withBetween(text, name, `Measured on: ${machine}.\n\n${table}`)
  writeFileSync(page, text)
}

function earlier(path: string): Figures {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).figures as Figures
  } catch {
    return {}
  }
}
