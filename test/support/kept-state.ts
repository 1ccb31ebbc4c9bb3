/** What a gateway has written down, which would be left if it were killed now. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Appliance } from './appliance.ts'

/** A copy of the database: the gateway alone has it open. */
export function keptState({ state }: Pick<Appliance, 'state'>): Pick<DatabaseSync, 'prepare'> & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  for (const name of ['gateway.db', 'gateway.db-wal']) {
    const from = join(state, 'lib/gateway', name)
    if (existsSync(from)) copyFileSync(from, join(folder, name))
  }
  const db = new DatabaseSync(join(folder, 'gateway.db'))
  return {
    prepare: (sql) => db.prepare(sql),
    [Symbol.dispose]() {
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
