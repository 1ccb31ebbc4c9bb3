/** The commands of README.md on a machine that has nothing but what it asks for. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BareMachine } from './bare-machine.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
/** The lines of code of a section's shell examples. */
const commandsOf = (section: string): string[] =>
  [
    ...(readme.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^```sh\n(.*?)^```$/gms),
  ].flatMap(([, code = '']) => code.trim().split('\n'))
/** `make run` is ready, or has failed. */
const ENDED = /^ready .*$|^make: \*\*\*/m
/** One file, since all of them are running already. */
const ONE = 'FILE=src/servers/time/server.test.ts'
/** Of all of it: packages come from afar several times, and each command has a limit of its own. */
const LIMIT_MS = 900_000

describe('the quick start of README.md on an empty machine', { timeout: LIMIT_MS }, () => {
  let machine: BareMachine
  let port = ''
  const [clone = '', run = '', check = '', ...rest] = commandsOf('Quick start')
  before(async () => {
    machine = await BareMachine.start()
  })
  after(async () => await machine?.[Symbol.asyncDispose]())

  test('is a clone and two commands of make', () => {
    assert.match(clone, /^git clone REPOSITORY llmbasedos && cd llmbasedos$/)
    assert.deepEqual([run, check, ...rest], ['make run', 'make test'])
  })

  test('runs the appliance, and shows how far it is until then', async () => {
    const cloned = await machine.run(clone.replace('REPOSITORY', machine.repository()))
    assert.equal(cloned.code, 0, cloned.said)
    // Port 8000 may be another's here.
    const said = await machine.type(`export PORT=0; ${run} &`, ENDED)
    port = /^ready .*:(\d+)\//m.exec(said)?.[1] ?? ''
    assert.match(said, /^ready http:\/\/127\.0\.0\.1:\d+\/mcp$/m)
    assert.match(said, /^installing packages of Node, once: .* \d+ s$/m)
    assert.match(said, /^bundling the programs: \.+ \d+ s$/m)
    assert.match(said, new RegExp(`^files {2}${machine.home}/llmbasedos-files$`, 'm'))
    const listed = await machine.run('bin/luca call time_get_current_time \'{"timezone": "Asia/Tokyo"}\'')
    assert.match(listed.said, /Asia\/Tokyo/)
  })

  test('says at once that the port is taken, before it builds what has changed', async () => {
    const { code, said } = await machine.run(`touch src/protocol/version.ts; PORT=${port} ${run}`)
    assert.notEqual(code, 0)
    assert.match(said, /^Port \d+ is in use.* make run PORT=0/m)
    assert.doesNotMatch(said, /bundling/)
  })

  test('starts again without building, as nothing has changed, and finds a note by a paraphrase', async () => {
    await machine.run('kill -INT -- -$!; wait; make build')
    const said = await machine.type(`${run} &`, ENDED)
    assert.match(said, /^ready http/m)
    assert.doesNotMatch(said, /installing|generating|bundling/)
    const notes = `${machine.home}/llmbasedos-files/notes`
    await machine.run(
      `mkdir -p ${notes}; echo 'Mr. Novak looks after the boiler in October.' >${notes}/house.txt`,
    )
    await machine.run(
      `echo 'Pancakes: flour, milk, two eggs. Fry in butter until golden.' >${notes}/kitchen.txt`,
    )
    const [add = '', search = ''] = commandsOf('Search your files')
    assert.match((await machine.run(add)).said, /2 files in 2 passages can be found by their words/)
    assert.match((await machine.run(search)).said, /\/notes\/house\.txt:1/)
    assert.match((await machine.run('bin/luca search how to cook breakfast')).said, /\/notes\/kitchen\.txt:1/)
    await machine.run('kill -INT -- -$!; wait')
  })

  test('says which command installs what a target needs, where the user may not', async () => {
    for (const command of [check, 'make native', 'make bench']) {
      const { code, said } = await machine.run(`setpriv --reuid 1234 --clear-groups ${command}`)
      assert.notEqual(code, 0)
      assert.match(
        said,
        new RegExp(`^${command} needs what this machine lacks: g\\+\\+ .*libsystemd-dev`, 'm'),
      )
      assert.match(said, /^One command of root's installs it: apt-get update && apt-get install -y .*g\+\+/m)
    }
  })

  test('runs the tests, for which root installs what is missing', async () => {
    const { code, said } = await machine.run(`${check} ${ONE}`)
    assert.equal(code, 0, said)
    assert.match(said, /^make test needs what this machine lacks: g\+\+ /m)
    assert.match(said, /^installing it with apt-get: \.+ \d+ s$/m)
    assert.match(said, /^[1-9]\d* passed, 0 failed$/m)
  })
})
