/** Flows that a person goes through, at every size that the interface must be right at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ESC, SIZES } from './luca-terminal.ts'
import type { VirtualTerminal } from './virtual-terminal.ts'

export interface Flow {
  name: string
  /** Begins in any view, and leaves no panel open. */
  run(terminal: VirtualTerminal): Promise<unknown>
}

/** The bar, the view, a line for commands and notices, and the keys: each has its place at any size. */
async function isWhole(terminal: VirtualTerminal, rows: number): Promise<void> {
  const bar = /^ luca {2}1 Chat {2}2 Files {2}3 Tools {2}4 System {2}5 Setup .*●/
  const screen = await terminal.shows([bar, /\^Q leave$/])
  assert.equal(screen.split('\n').length, rows)
}

/** Waits until a model that is asked would be given the tool for listing folders. */
export async function knowsTools(terminal: VirtualTerminal): Promise<void> {
  terminal.type(`${ESC}3`)
  await terminal.shows(/list_directory/)
  terminal.type(`${ESC}1`)
  await terminal.shows(/Ask something/)
}

/** A panel, whole: its right edge is one line. */
export async function panel(terminal: VirtualTerminal, what: RegExp): Promise<void> {
  await terminal.shows((screen) => {
    const edges = screen.split('\n').filter((line) => /[┐┘]$/.test(line))
    return what.test(screen) && edges.length === 2 && edges[0]?.length === edges[1]?.length
  })
}

/** One luca for each size goes through all flows, one after the other. */
export function atEverySize(
  flows: readonly Flow[],
  open: (
    run: (terminal: VirtualTerminal) => Promise<void>,
    size: { columns: number; rows: number },
  ) => Promise<void>,
): void {
  for (const [columns, rows] of SIZES)
    test(`at ${columns}×${rows}`, (t) =>
      open(
        async (terminal) => {
          for (const { name, run } of flows)
            await t.test(name, async () => {
              await run(terminal)
              await isWhole(terminal, rows)
            })
        },
        { columns, rows },
      ))
}
