/** A unit as it holds: its file, then its drop-ins, with the specifiers of this instance filled in. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { effectOf } from './directives.ts'
import { type Assignment, parseUnitFile, UnitError } from './unit-file.ts'
import { dropInFolders, expandSpecifiers, fileOf, formatUnitName, type UnitName } from './unit-name.ts'

/** The largest unit file that is read, in bytes. */
export const MAX_UNIT_BYTES = 1024 * 1024

/** A value and where it stands. */
export type Value = Pick<Assignment, 'value' | 'origin'>

export class Unit {
  readonly name: UnitName
  readonly assignments: readonly Assignment[]

  constructor(name: UnitName, assignments: readonly Assignment[]) {
    this.name = name
    this.assignments = assignments.map((a) => ({
      ...a,
      value: expandSpecifiers(a.value, name, a.origin),
    }))
  }

  get id(): string {
    return formatUnitName(this.name)
  }

  /** All values of a directive that can stand several times; an empty one takes back those before it. */
  all(section: string, key: string): Value[] {
    const values = this.assignments.filter((a) => a.section === section && a.key === key)
    return values.slice(values.findLastIndex((a) => a.value === '') + 1)
  }

  /** The value of a directive of which the last counts. */
  last(section: string, key: string): Value | undefined {
    return this.all(section, key).at(-1)
  }

  /** As `last`; throws where there is none. */
  required(section: string, key: string): Value {
    const found = this.last(section, key)
    if (!found) throw new UnitError(`${this.id} has no ${key}= in [${section}].`)
    return found
  }

  /** The assignments that are not applied here although they mean something under systemd. */
  get notApplied(): Assignment[] {
    return this.assignments.filter((a) => ['isolation', 'supervision'].includes(effectOf(a)))
  }
}

/** Folders of unit files; where two have a file of the same name, the first folder's counts. */
export class UnitFolders {
  readonly #folders: readonly string[]

  constructor(folders: readonly string[]) {
    this.#folders = folders
  }

  /** Names of the unit files that match, sorted. */
  list(pattern: RegExp): string[] {
    const names = this.#folders.flatMap((folder) => readdirSync(folder))
    return [...new Set(names)].filter((name) => pattern.test(name)).sort()
  }

  /**
   * Reads a unit with its drop-ins. `aliases` are further instances whose drop-ins it gets. Throws a UnitError
   * for a file that is missing, or that has a directive which is not known here.
   */
  read(name: UnitName, aliases: readonly string[] = []): Unit {
    const file = fileOf(name)
    const path = this.#folders.map((folder) => join(folder, file)).find((candidate) => existsSync(candidate))
    if (path === undefined)
      throw new UnitError(`There is no unit file ${file} in ${this.#folders.join(' or ')}.`)
    const dropIns = [name, ...aliases.map((instance) => ({ ...name, instance }))].flatMap(dropInFolders)
    const paths = [path, ...this.#dropIns(new Set(dropIns))]
    const unit = new Unit(
      name,
      paths.flatMap((each) => parseUnitFile(mustReadFileSync(each, MAX_UNIT_BYTES), each)),
    )
    for (const assignment of unit.assignments) effectOf(assignment)
    return unit
  }

  /** The drop-ins in order: sorted by file name over all their folders, the most specific folder winning a name. */
  #dropIns(folderNames: ReadonlySet<string>): string[] {
    const byName = new Map<string, string>()
    for (const folderName of folderNames)
      for (const folder of this.#folders.toReversed()) {
        const path = join(folder, folderName)
        if (!existsSync(path)) continue
        for (const file of readdirSync(path)) if (file.endsWith('.conf')) byName.set(file, join(path, file))
      }
    return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)
  }
}
