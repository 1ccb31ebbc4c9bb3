/** The text of one unit file or drop-in → its assignments, as systemd.syntax(7) has it. No I/O. */

export interface Assignment {
  section: string
  key: string
  /** Without the white space around it; the empty string takes back what was assigned before. */
  value: string
  /** Where it stands, as `path:line`. */
  origin: string
}

/** A unit file that can't be used as it is; the message says where and why. */
export class UnitError extends Error {
  override readonly name = 'UnitError'
}

/** Reads the assignments in their order. `path` is for the origins and for errors. */
export function parseUnitFile(text: string, path: string): Assignment[] {
  const assignments: Assignment[] = []
  let section: string | undefined
  for (const { line, number } of logicalLines(text)) {
    const origin = `${path}:${number}`
    const header = /^\[([^[\]]+)\]$/.exec(line)
    if (header) {
      section = header[1] as string
      continue
    }
    const equals = line.indexOf('=')
    if (equals < 1) throw new UnitError(`${origin}: "${line}" is neither a [Section] nor a Key=Value.`)
    if (section === undefined) throw new UnitError(`${origin}: an assignment before the first [Section].`)
    assignments.push({
      section,
      key: line.slice(0, equals).trimEnd(),
      value: line.slice(equals + 1).trim(),
      origin,
    })
  }
  return assignments
}

/** Lines without comments and blanks; one that ends with a backslash goes on in the next that is no comment. */
function* logicalLines(text: string): Generator<{ line: string; number: number }> {
  let begun: { line: string; number: number } | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.trim()
    if (/^[#;]/.test(trimmed)) continue
    const whole = begun ? { ...begun, line: begun.line + trimmed } : { line: trimmed, number: index + 1 }
    if (whole.line.endsWith('\\')) {
      begun = { ...whole, line: `${whole.line.slice(0, -1).trimEnd()} ` }
      continue
    }
    begun = undefined
    if (whole.line !== '') yield { line: whole.line.trim(), number: whole.number }
  }
  if (begun && begun.line.trim() !== '') yield { line: begun.line.trim(), number: begun.number }
}
