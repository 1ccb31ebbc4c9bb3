/** Tiers, limits and the licence file, through the real appliance. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, post } from './support/http.ts'
import { keptState } from './support/kept-state.ts'
import { connectUnix, connectWebSocket } from './support/v1-client.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({ config: 'consent: {ask: false}\n' })
  await writeFile(join(a.files, 'a.txt'), 'hello')
})
after(() => a?.stop())

async function tokenOf(name: string, tier: string): Promise<string> {
  const { stdout, stderr } = await a.luca(['token', 'create', name, '--tier', tier, '--json'])
  assert.equal(stderr, '')
  return JSON.parse(stdout).token
}
const licenceOf = async (token: string) => {
  const client = await connectWebSocket(a.origin, { token })
  const { result } = await client.call('mcp.licence.check', [])
  client.close()
  return result
}
/** The gateway's process, a child of `luca up`; 0 between two of them. */
const gatewayPid = () => {
  const { stdout } = spawnSync('pgrep', ['-f', 'gateway.mjs', '-P', String(a.process.pid)])
  return Number(String(stdout).trim().split('\n')[0])
}

/** What the gateway would know of the tier FEW if it were killed now. */
function keptCounts(): boolean {
  using db = keptState(a)
  const rows = db.prepare("SELECT slices FROM rate WHERE key LIKE '% FEW'").all()
  return rows.some((row) => String(row.slices).includes(',5]'))
}

test('a token’s tier rules current and v1 names alike, and what it lacks is not listed', async () => {
  const token = await tokenOf('free', 'FREE')
  const { tools } = (await post(a.url, token, 'tools/list')).json.result
  const names = tools.map((tool: { name: string }) => tool.name)
  assert.ok(names.includes('fs_read_text_file') && !names.includes('fs_write_file'))
  assert.ok((await callTool(a.url, token, 'fs_read_text_file', { path: '/a.txt' })).json.result)
  const refused = await callTool(a.url, token, 'fs_write_file', { path: '/b.txt', content: 'x' })
  assert.equal(refused.status, 403)
  assert.equal(refused.json.error.code, -32002)
  assert.match(refused.json.error.message, /FREE.*fs\.write/)

  const older = await connectWebSocket(a.origin, { token })
  assert.ok((await older.call('mcp.fs.read', ['/a.txt'])).result)
  assert.equal((await older.call('mcp.fs.write', ['/b.txt', 'x'])).error.code, -32002)
  assert.equal((await older.call('mcp.fs.nope', [])).error.code, -32601)
  const hello = (await older.call('mcp.hello')).result
  assert.ok(
    hello.includes('mcp.fs.read') && !hello.includes('mcp.fs.write') && !hello.includes('mcp.llm.chat'),
  )
  older.close()
})

test('a tier that is not known makes no token, and the known ones are named', async () => {
  const { code, stderr } = await a.luca(['token', 'create', 'odd', '--tier', 'GOLD'])
  assert.notEqual(code, 0)
  assert.match(stderr, /FREE.*PRO.*ELITE/)
})

test('the licence is shown in full', async () => {
  const status = await licenceOf(await tokenOf('pro', 'PRO'))
  assert.equal(status.tier, 'PRO')
  assert.equal(status.quotas.api_requests_limit_human, '5000/60min')
  assert.equal(status.quotas.api_requests_remaining_in_window, '4999')
  assert.equal(status.quotas.max_llm_tokens_per_request, 4096)
  assert.deepEqual(Object.keys(status).sort(), [
    'effective_permissions',
    'expires_at',
    'is_valid',
    'key_id',
    'note',
    'quotas',
    'tier',
    'user_identifier',
  ])
  assert.deepEqual(Object.keys(status.quotas).sort(), [
    'allowed_llm_models',
    'api_requests_limit_human',
    'api_requests_remaining_in_window',
    'llm_access',
    'llm_tokens_today_remaining',
    'max_llm_tokens_per_day_limit',
    'max_llm_tokens_per_request',
  ])
})

test('a tier’s limit is named with the time to try again, and a restart or a kill does not forget it', async () => {
  await writeFile(
    join(a.state, 'etc/tiers.yaml'),
    'FEW: {rate_limit_requests: 5, allowed_capabilities: ["*"]}\n',
  )
  const token = await until('the tier is known', async () => {
    const { code, stdout } = await a.luca(['token', 'create', 'few', '--tier', 'FEW', '--json'])
    return code === 0 ? (JSON.parse(stdout).token as string) : undefined
  })
  const call = () => callTool(a.url, token, 'fs_list_directory', { path: '/' })
  for (let i = 0; i < 5; i++) assert.equal((await call()).status, 200)
  const full = await call()
  assert.equal(full.status, 429)
  assert.equal(full.json.error.code, -32001)
  assert.equal(full.json.error.data.limit, 'FEW.rate_limit_requests')
  assert.ok(Number(full.headers['retry-after']) > 0)

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await until('the counts are written down', keptCounts)
    const pid = gatewayPid()
    process.kill(pid, signal)
    await until('the gateway is back', async () => {
      const reply = await call().catch(() => undefined)
      return reply?.status === 429 && ![0, pid].includes(gatewayPid())
    })
  }
})

test('a licence file that comes and goes counts at once, for whoever has no tier of their own', async () => {
  const path = join(a.state, 'etc/licence.key')
  await mkdir(join(a.state, 'etc'), { recursive: true })
  const client = await connectUnix(a.socket)
  const becomes = (tier: string, valid: boolean) =>
    until(`the licence is ${tier}`, async () => {
      const { result } = await client.call('mcp.licence.check')
      return result.tier === tier && result.is_valid === valid
    })
  await becomes('OWNER', true)
  await writeFile(path, 'PRO:ada:2099-12-31\n')
  await becomes('PRO', true)
  await writeFile(path, 'PRO:ada:2020-12-31\n')
  await becomes('FREE', false)
  assert.equal((await client.call('mcp.fs.write', ['/x.txt', 'x'])).error.code, -32002)
  await writeFile(path, 'PRO:ad')
  await becomes('FREE', false)
  await rm(path)
  await becomes('OWNER', true)
  client.close()
})

test('a user has one window of requests, whatever tokens they make and use', async () => {
  const tiers =
    'FEW: {rate_limit_requests: 6, allowed_capabilities: ["*"]}\nFEWER: {rate_limit_requests: 2, allowed_capabilities: ["*"]}\n'
  await writeFile(join(a.state, 'etc/tiers.yaml'), tiers)
  await writeFile(join(a.state, 'etc/licence.key'), 'FEW:ada:2099-12-31\n')
  const client = await connectUnix(a.socket)
  // The question that FEW answers is the first of its six requests.
  await until('the licence is FEW', async () => {
    const { result } = await client.call('mcp.licence.check')
    return result.tier === 'FEW'
  })
  const made = async (name: string, ...more: string[]): Promise<string> => {
    const { code, stdout, stderr } = await a.luca(['token', 'create', name, ...more, '--json'])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout).token
  }
  const guest = await made('guest', '--tier', 'FEWER')
  const [phone, desk] = [await made('phone'), await made('desk')]
  const call = async (token: string) => {
    const { json } = await callTool(a.url, token, 'fs_list_directory', { path: '/' })
    return json.error?.data.limit ?? 'answered'
  }
  const full = (tier: string) => `${tier}.rate_limit_requests`
  assert.deepEqual(
    [await call(guest), await call(guest), await call(guest)],
    ['answered', 'answered', full('FEWER')],
  )
  assert.deepEqual([await call(phone), await call(desk), await call(phone)], Array(3).fill('answered'))
  assert.deepEqual([await call(phone), await call(desk)], [full('FEW'), full('FEW')])
  // A fresh token brings no fresh window, nor does one with a tier, nor the user's own account.
  assert.equal(await call(await made('fresh')), full('FEW'))
  assert.equal(await call(await made('second guest', '--tier', 'FEWER')), full('FEW'))
  const { error } = await client.call('mcp.fs.list', ['/'])
  assert.equal(error.data.limit, full('FEW'))
  client.close()
  await rm(join(a.state, 'etc/licence.key'))
})
