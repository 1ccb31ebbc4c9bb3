import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const MIB = 1024 * 1024

/** What the generations of a process take, in MiB, after it made much garbage of which some lives for a while. */
function heapOf(beginning: string): { young: number; old: number } {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { setImmediate as nextTurn } from 'node:timers/promises'
    ${beginning}
    let kept = []
    let most = { young: 0, old: 0 }
    for (let round = 0; round < 400; round++) {
      for (let i = 0; i < 2000; i++) kept.push({ text: 'row ' + i + ' of ' + round, numbers: [i, round, i + round] })
      kept = kept.slice(-20_000)
      await nextTurn()
      const sizeOf = (name) => getHeapSpaceStatistics().find((one) => one.space_name === name).physical_space_size / ${MIB}
      most = { young: Math.max(most.young, sizeOf('new_space')), old: Math.max(most.old, sizeOf('old_space')) }
    }
    console.log(JSON.stringify(most))`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

test('what makes much garbage takes less memory for it, in both generations', () => {
  const module = join(import.meta.dirname, 'small-heap.ts')
  const small = heapOf(`import { keepHeapSmall } from ${JSON.stringify(module)}; keepHeapSmall()`)
  const usual = heapOf('')
  assert.ok(small.young <= 17, `the young generation took ${small.young} MiB`)
  assert.ok(usual.young > small.young, `without, it took ${usual.young} MiB`)
  assert.ok(usual.old > small.old, `the old one took ${small.old} MiB, and without ${usual.old} MiB`)
})
