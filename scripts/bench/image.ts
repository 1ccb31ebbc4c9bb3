/**
 * The image in QEMU, which acts every instruction: how soon luca is on its screen, what lies in memory then, and how large
 * it is. `make iso && make bench FILE=scripts/bench/image.ts` measures it; it is no part of the whole bench, which needs no
 * image.
 */
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Machine } from '../../qemu-test/machine.ts'
import { ROOT } from '../servers.ts'
import { median } from './median.ts'
import { imageTable } from './report.ts'

const RUNS = 3
const MB = 1e6
/** How often the screen is looked at, and after how long no more, in milliseconds. */
const LOOK_EVERY_MS = 200
const LOOK_FOR_MS = 300_000
/** After luca was there: servers that were woken for it sleep again. */
const ASLEEP_AFTER_SECONDS = 45

/** From the start of QEMU to luca on the screen, in seconds, and the memory in use once all servers sleep, in MB. */
async function measureStart(): Promise<{ seconds: number; usedMb: number }> {
  const started = performance.now()
  const machine = await Machine.launch({ processors: 2 })
  try {
    // Looked at from outside: a program in it would have to be acted too.
    for (;;) {
      const screen = await machine.graphicsText()
      if (/Enter opens luca/.test(screen)) break
      if (performance.now() - started > LOOK_FOR_MS) throw new Error(`luca never came, but: ${screen}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    const seconds = (performance.now() - started) / 1000
    await machine.isUp()
    const used = await machine.out(
      `sleep ${ASLEEP_AFTER_SECONDS}; awk '/^MemTotal/ {t=$2} /^MemAvailable/ {print t - $2}' /proc/meminfo`,
    )
    return { seconds, usedMb: (Number(used) * 1024) / MB }
  } finally {
    await machine.stop()
  }
}

const figures: Record<string, number> = {}
for (const kernel of ['cloud', 'generic']) {
  const [iso] = globSync(join(ROOT, `out/llmbasedos-*-${kernel}.iso`))
  if (iso !== undefined) figures[`image.${kernel}.size`] = statSync(iso).size / MB
}
const starts = []
for (let run = 0; run < RUNS; run++) {
  starts.push(await measureStart())
  process.stderr.write(`start ${run + 1} of ${RUNS}: ${starts.at(-1)?.seconds.toFixed(1)} s\n`)
}
figures['image.luca'] = median(starts.map(({ seconds }) => seconds))
figures['image.memory'] = median(starts.map(({ usedMb }) => usedMb))
process.stdout.write(imageTable(figures))
process.exit()
