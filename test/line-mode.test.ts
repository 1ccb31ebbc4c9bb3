/** The line mode of luca: fed with lines, and at a terminal, against the real appliance. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Appliance, FIXTURE_SERVER, ROOT, startAppliance, until } from './support/appliance.ts'
import { Terminal } from './support/terminal.ts'

let a: Appliance
before(async () => {
  a = await startAppliance(FIXTURE_SERVER)
  await writeFile(join(a.files, 'a.txt'), 'hello\n')
  await mkdir(join(a.files, 'docs'))
  await writeFile(join(a.files, 'docs/b c.json'), '{"x": 1}\n')
})
after(() => a?.stop())

test('welcome and doctor tell the one address that there is, and no login over SSH', async () => {
  const { stdout, code } = await a.luca(['welcome'])
  assert.equal(code, 0)
  assert.ok(stdout.includes(`MCP clients   ${a.url}\n`), stdout)
  assert.doesNotMatch(stdout, /https:|SSH|8443|\.local|cable|\bCA\b/)
  const shown = JSON.parse((await a.luca(['welcome', '--json'])).stdout)
  assert.deepEqual([shown.urls, shown.addresses, shown.names], [[a.url], [], []])
  const doctor = (await a.luca(['doctor'])).stdout
  assert.ok(doctor.includes(`at ${a.url}`), doctor)
  assert.doesNotMatch(doctor, /https:|ssh/i)
})

describe('fed with lines', () => {
  const lines = (...all: string[]) => a.luca(['--plain'], `${all.join('\n')}\n`)
  const out = async (...all: string[]) => (await lines(...all)).stdout

  test('there is no prompt and no colour, and the last line decides the exit code', async () => {
    assert.deepEqual(await lines('pwd'), { code: 0, stdout: '/\n', stderr: '' })
    assert.equal((await lines('pwd', 'cat /nope')).code, 1)
    assert.equal((await lines('cat /nope', 'pwd')).code, 0)
    for (const line of ['cat /nope', 'ls /nope', 'rm /nope -f'])
      assert.match((await lines(line)).stderr, /There is no "\/nope"\. "luca ls" shows what there is/, line)
    assert.equal((await lines('nope')).code, 2)
  })

  test('one goes through the folders and sees what is there, folders first', async () => {
    assert.match(await out('ls'), /^TYPE.*\ndirectory.* docs\nfile +6 .* a\.txt\n$/)
    assert.equal(await out('cd docs', 'pwd', "cat 'b c.json'", 'cd ..', 'pwd'), '/docs\n{"x": 1}\n/\n')
    assert.match((await lines('cd /nowhere', 'pwd')).stderr, /no "\/nowhere"/)
    assert.equal(await out('dir docs'), await out('ls docs'))
  })

  test('methods take parameters by position, by name or as words; tools too', async () => {
    const byPosition = JSON.parse(await out('mcp.fs.list ["/docs"]'))
    assert.equal(byPosition[0].path, '/docs/b c.json')
    assert.deepEqual(JSON.parse(await out('mcp.fs.list {"path": "/docs"}')), byPosition)
    assert.equal(JSON.parse(await out('mcp.fs.read /a.txt base64')).content, 'aGVsbG8K')
    assert.deepEqual(JSON.parse((await a.luca(['call', 'mcp.fs.list', '["/docs"]'])).stdout), byPosition)
    assert.match(await out('fs_get_file_info /a.txt'), /size: 6/)
    assert.match((await lines('mcp.fs.list [')).stderr, /not closed/)
    assert.match((await lines('mcp.fs.lst ["/"]')).stderr, /Did you mean "mcp\.fs\.list"/)
  })

  test('output goes to programs and files of this machine', async () => {
    const file = join(a.state, 'out.txt')
    assert.match(await out('ls | wc -l'), /^\s*3\s*$/)
    await lines(`cat a.txt > ${file}`, `cat a.txt >> ${file}`)
    assert.equal(readFileSync(file, 'utf8'), 'hello\nhello\n')
    assert.match((await lines('ls > /no/such/folder/x')).stderr, /ENOENT/)
  })

  test('a long file comes whole, as bytes and in base64', async () => {
    const bytes = Buffer.alloc(7 * 1024 * 1024 + 1, 'abc\u00ff')
    bytes[5] = 0xff
    await writeFile(join(a.files, 'long'), bytes)
    const copies = [join(a.state, 'copy'), join(a.state, 'copy64')]
    await lines(`cat long > ${copies[0]}`, `cat long base64 | base64 -d > ${copies[1]}`)
    for (const copy of copies) assert.ok(readFileSync(copy).equals(bytes), copy)
    await rm(join(a.files, 'long'))
  })

  test('exit ends it, whatever comes after', async () => {
    assert.equal(await out('pwd', 'exit', 'pwd'), '/\n')
  })

  test('what destroys something is not done without consent, and -f gives it', async () => {
    await writeFile(join(a.files, 'gone.txt'), '')
    const refused = await lines('rm gone.txt')
    assert.equal(refused.code, 4)
    assert.match(refused.stderr, /--yes/)
    assert.equal((await lines('rm gone.txt -f')).stdout, 'deleted /gone.txt\n')
    assert.ok(!existsSync(join(a.files, 'gone.txt')))
    assert.match((await a.luca(['rm', '/', '-r', '-f'])).stderr, /top folder/)
  })

  test('the licence is shown, a missing model is reported, and help explains', async () => {
    assert.match(await out('licence'), /^tier +OWNER\n/)
    assert.match((await lines('llm "hello there"')).stderr, /no language model here yet/)
    const help = await out('help')
    for (const name of ['cd', 'jobs', 'kill', 'licence', 'rm', 'exit'])
      assert.match(help, new RegExp(`^ *${name}\\b`, 'm'))
    assert.match(await out('help rm'), /luca rm PATH/)
  })

  test('jobs run in the background, are listed and ended', async () => {
    const { stdout, stderr } = await lines('mcp.fixture.test_tool_with_progress &', 'jobs', 'kill 1', 'fg 9')
    assert.match(stdout, /^\[1\] running +mcp\.fixture\.test_tool_with_progress\n/)
    assert.match(stderr, /no job 9/)
  })

  test('without a gateway it says how to get one', async () => {
    const { code, stderr } = await a.luca(['--plain', '--socket', '/nowhere.sock'], 'ls\n')
    assert.equal(code, 3)
    assert.match(stderr, /luca up/)
  })
})

describe('at a terminal', () => {
  test('a secret is typed without being shown, and is not in the history', async (t) => {
    const state = join(a.state, 'unseen')
    const terminal = new Terminal(['--plain', '--socket', a.socket], state)
    t.after(() => terminal.close())
    await terminal.shows(/\/ luca> /)
    terminal.type('secret set mail word\n')
    await terminal.shows(/word for mail: /)
    terminal.type('hunter22\n')
    await terminal.shows(/^(?:(?!hunter22)[\s\S])*kept word for mail(?:(?!hunter22)[\s\S])*luca> /)
    terminal.type('exit\n')
    assert.equal(await terminal.ended(), 0)
    for (const file of readdirSync(state, { recursive: true, withFileTypes: true }))
      if (file.isFile() && !file.parentPath.includes('credstore'))
        assert.doesNotMatch(readFileSync(join(file.parentPath, file.name), 'utf8'), /hunter22/)
  })

  test('prompt, completion, consent, Ctrl-C, history and Ctrl-D', async (t) => {
    const state = join(a.state, 'terminal')
    const terminal = new Terminal(['--plain', '--socket', a.socket], state)
    t.after(() => terminal.close())
    await writeFile(join(a.files, 'asked.txt'), '')
    await terminal.shows(/\/ luca> /)
    terminal.type('cd do\t')
    await terminal.shows(/cd docs\//)
    terminal.type('\n')
    await terminal.shows(/\/docs luca> /)
    terminal.type('cat b\t')
    await terminal.shows(/b\\ c\.json/)
    terminal.type('\n')
    await terminal.shows(/\{"x": 1\}[\s\S]*luca> /)
    terminal.type('mcp.time.conv\t')
    await terminal.shows(/mcp\.time\.convert_time /)
    terminal.type('["UTC", "12:00", "Asia/Tokyo"]\n')
    await terminal.shows(/21:00[\s\S]*luca> /)
    terminal.type('rm /asked.txt\n')
    await terminal.shows(/asks to run fs_delete[\s\S]*\[y\/N\] /)
    terminal.type('n\n')
    await terminal.shows(/did not allow[\s\S]*luca> /)
    assert.ok(existsSync(join(a.files, 'asked.txt')))
    terminal.type('rm /asked.txt\n')
    await terminal.shows(/\[y\/N\] /)
    terminal.type('y\n')
    await terminal.shows(/deleted \/asked\.txt[\s\S]*luca> /)
    terminal.type('something half typed\u0003')
    await terminal.shows(/\^C[\s\S]*luca> /)
    terminal.type('mcp.fixture.test_tool_with_progress\n')
    terminal.type('\u0003')
    await terminal.shows(/luca> /)
    terminal.type('mcp.hello {"token": "hidden"}\n')
    await terminal.shows(/mcp\.time[\s\S]*luca> /)
    terminal.type('\u0004')
    assert.equal(await terminal.ended(), 0)
    const history = join(state, 'line-history')
    assert.match(readFileSync(history, 'utf8'), /^cd docs/)
    assert.doesNotMatch(readFileSync(history, 'utf8'), /hidden/)
    assert.equal(statSync(history).mode & 0o777, 0o600)
  })

  test('a lost gateway shows in the prompt, and so does its return', async (t) => {
    const own = await startAppliance()
    t.after(() => own.stop())
    const terminal = new Terminal(['--plain', '--socket', own.socket], join(own.state, 'terminal'))
    t.after(() => terminal.close())
    await terminal.shows(/\/ luca> /)
    own.process.kill('SIGTERM')
    await once(own.process, 'exit')
    await terminal.shows(/\[Disconnected\] \/ luca> /)
    terminal.type('ls\n')
    await terminal.shows(/No gateway answers[\s\S]*\[Disconnected\] \/ luca> /)
    const again = spawn(
      join(ROOT, 'bin/luca'),
      ['up', '--port', '0', '--state', own.state, '--files', own.files],
      { stdio: 'ignore' },
    )
    t.after(async () => {
      again.kill()
      await once(again, 'exit')
    })
    await terminal.shows(/(?<!\[Disconnected\] )\/ luca> /)
    terminal.type('ls\n')
    await terminal.shows(/TYPE +SIZE[\s\S]*luca> /)
    terminal.type('exit\n')
    assert.equal(await terminal.ended(), 0)
  })

  test('the history is kept where the window is closed', async (t) => {
    const state = join(a.state, 'closed')
    const terminal = new Terminal(['--plain', '--socket', a.socket], state)
    t.after(() => terminal.close())
    await terminal.shows(/luca> /)
    terminal.type('pwd\n')
    await terminal.shows(/\n\/\r\n[\s\S]*luca> /)
    terminal.close()
    const history = join(state, 'line-history')
    await until('the history is there', () => existsSync(history))
    assert.equal(readFileSync(history, 'utf8'), 'pwd\n')
  })

  test('arguments are completed from what a method takes', async (t) => {
    const terminal = new Terminal(['--plain', '--socket', a.socket], join(a.state, 'completion'))
    t.after(() => terminal.close())
    await terminal.shows(/luca> /)
    terminal.type('mcp.fs.read {"pa\t')
    await terminal.shows(/"path": "/)
    terminal.type('/do\t')
    await terminal.shows(/cs\//)
    terminal.type('b\t')
    await terminal.shows(/ c\.json"/)
    terminal.type(', "en\t')
    await terminal.shows(/coding": /)
    terminal.type('"b\t')
    await terminal.shows(/ase64"/)
    terminal.type('}\n')
    await terminal.shows(/"content": "eyJ4IjogMX0K"[\s\S]*luca> /)
  })

  test('what is no text is not spilled, and steers nothing', async (t) => {
    await writeFile(join(a.files, 'bytes'), Buffer.from([0xff, 0xfe, 0x1b]))
    await writeFile(join(a.files, 'steers.md'), '\u001b[2Jhello')
    const terminal = new Terminal(['--plain', '--socket', a.socket], join(a.state, 'cat'))
    t.after(() => terminal.close())
    await terminal.shows(/luca> /)
    terminal.type('cat bytes\n')
    await terminal.shows(/is not text[\s\S]*luca> /)
    terminal.type('cat bytes base64\n')
    await terminal.shows(/\/\/4b[\s\S]*luca> /)
    terminal.type('cat steers.md\n')
    await terminal.shows(/\uFFFD\[2Jhello\r\n[\s\S]*luca> /)
  })

  test('luca approve --watch asks about calls as they come', async (t) => {
    await writeFile(join(a.files, 'waits.txt'), '')
    const terminal = new Terminal(['approve', '--watch', '--socket', a.socket], join(a.state, 'watch'))
    t.after(() => terminal.close())
    const remove = () =>
      fetch(`${a.origin}/mcp/tools/fs_delete_file`, {
        method: 'POST',
        headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
        body: '{"path": "/waits.txt"}',
      }).then((reply) => reply.json() as Promise<{ status: string }>)
    assert.equal((await remove()).status, 'error')
    await terminal.shows(/fs_delete_file path: "\/waits\.txt"[\s\S]*\[y\/N\] /)
    terminal.type('y\n')
    await terminal.shows(/allowed fs_delete_file/)
    assert.equal((await remove()).status, 'success')
    assert.ok(!existsSync(join(a.files, 'waits.txt')))
    await writeFile(join(a.files, 'waits.txt'), '')
    await remove()
    await terminal.shows(/\[y\/N\] /)
    terminal.type('n\n')
    await terminal.shows(/denied fs_delete_file/)
    assert.equal((await remove()).status, 'error')
    assert.ok(existsSync(join(a.files, 'waits.txt')))
    terminal.type('\u0003')
    assert.equal(await terminal.ended(), 130)
  })
})
