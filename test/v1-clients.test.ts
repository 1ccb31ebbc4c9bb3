/** Clients of the older llmbasedos, on the UNIX socket and on WebSockets, against the real appliance. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { type Appliance, FIXTURE_SERVER, startAppliance } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { connectUnix, connectWebSocket, type V1Client } from './support/v1-client.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({
    ...FIXTURE_SERVER,
    config: 'consent:\n  trustedTools: [fs_write, fs_delete, fs_update_docx_paragraphs]\n',
  })
})
after(() => a?.stop())

const SLOW = 'mcp.fixture.test_tool_with_progress'

const connections: Record<string, () => Promise<V1Client>> = {
  'UNIX socket, NUL': () => connectUnix(a.socket, '\0'),
  'UNIX socket, newline': () => connectUnix(a.socket, '\n'),
  WebSocket: () => connectWebSocket(a.origin, { token: a.token }),
}

for (const [name, open] of Object.entries(connections)) {
  describe(name, () => {
    let client: V1Client
    before(async () => {
      client = await open()
    })
    after(() => client?.close())

    test('mcp.hello gives the sorted names of all methods, whatever its parameters', async () => {
      const { result } = await client.call('mcp.hello')
      assert.deepEqual(result, [...result].sort())
      for (const method of [
        'mcp.hello',
        'mcp.listCapabilities',
        'mcp.licence.check',
        'mcp.fs.list',
        'mcp.time.convert_time',
      ])
        assert.ok(result.includes(method), method)
      for (const params of [[], {}, ['x', 1], { x: 1 }])
        assert.deepEqual((await client.call('mcp.hello', params)).result, result)
    })

    test('mcp.listCapabilities describes each server, with parameters by position', async () => {
      const { result } = await client.call('mcp.listCapabilities', [])
      const fs = result.find((service: { service_name: string }) => service.service_name === 'fs')
      assert.deepEqual(Object.keys(fs).sort(), ['capabilities', 'description', 'service_name', 'version'])
      const list = fs.capabilities.find((item: { method: string }) => item.method === 'mcp.fs.list')
      assert.deepEqual(Object.keys(list).sort(), ['description', 'method', 'params_schema', 'result_schema'])
      assert.equal(list.params_schema.type, 'array')
      assert.equal(list.params_schema.prefixItems[0].type, 'string')
    })

    test('mcp.licence.check tells the tier and the quotas', async () => {
      const { result } = await client.call('mcp.licence.check', [])
      assert.equal(result.tier, 'OWNER')
      assert.equal(result.is_valid, true)
      assert.equal(result.expires_at, null)
      assert.deepEqual(result.effective_permissions, ['*'])
      assert.equal(typeof result.quotas.api_requests_limit_human, 'string')
      assert.equal(typeof result.note, 'string')
    })

    test('files are written, listed, read and deleted, by position and by name', async () => {
      const path = `/${name.replace(/\W/g, '')}.txt`
      const written = await client.call('mcp.fs.write', [path, 'hello'])
      assert.deepEqual(written.result, { path, bytes_written: 5, status: written.result.status })
      await client.call('mcp.fs.write', { path, content: ' again', append: true })
      assert.equal(await readFile(join(a.files, path), 'utf8'), 'hello again')
      const listed = (await client.call('mcp.fs.list', ['/'])).result
      const entry = listed.find((item: { path: string }) => item.path === path)
      assert.deepEqual(Object.keys(entry).sort(), ['modified_at', 'name', 'path', 'size', 'type'])
      assert.equal(entry.type, 'file')
      assert.equal(entry.size, 11)
      const read = (await client.call('mcp.fs.read', [path, 'base64'])).result
      assert.equal(Buffer.from(read.content, 'base64').toString(), 'hello again')
      assert.equal((await client.call('mcp.fs.delete', { path })).result.path, path)
      assert.equal((await client.call('mcp.fs.read', [path])).error.code, -32013)
    })

    test('what is not text is not read as text, and the error says what to use', async () => {
      await writeFile(join(a.files, 'image.bin'), Buffer.from([0xff, 0xfe, 0x00, 0x80]))
      const { error } = await client.call('mcp.fs.read', ['/image.bin'])
      assert.ok(error.code <= -32010 && error.code >= -32013, String(error.code))
      assert.match(error.message, /base64/)
    })

    test('the root is never deleted, and nothing outside it is seen', async () => {
      assert.ok((await client.call('mcp.fs.delete', ['/', true])).error)
      const { error } = await client.call('mcp.fs.list', ['/../../etc'])
      assert.equal(error.code, -32011)
    })

    test('tools are methods too, by position and by name', async () => {
      const byName = await client.call('mcp.time.convert_time', {
        source_timezone: 'UTC',
        time: '12:00',
        target_timezone: 'Asia/Tokyo',
      })
      const byPosition = await client.call('mcp.time.convert_time', ['UTC', '12:00', 'Asia/Tokyo'])
      assert.match(JSON.stringify(byName.result), /21:00/)
      assert.match(JSON.stringify(byPosition.result), /21:00/)
    })

    test('an unknown method is -32601, unfit parameters are reported', async () => {
      for (const method of [
        'mcp.nope',
        'mcp.nope.x',
        'mcp.fs.nope',
        'mcp.fs',
        'mcp.',
        'mcp.fs.list.x',
        'mcp.fs.constructor',
      ])
        assert.equal((await client.call(method, [])).error.code, -32601, method)
      assert.equal((await client.call('mcp.fs.list', [7])).error.code, -32011)
      assert.equal((await client.call('mcp.fs.list', ['/', 'x', 'y'])).error.code, -32011)
    })

    test('a missing model is reported', async () => {
      const { error } = await client.call('mcp.llm.chat', [[{ role: 'user', content: 'hi' }]])
      assert.equal(error.code, -32603)
      assert.match(error.message, /model/)
    })

    test('ids of every kind are returned, and "jsonrpc" may be missing or there', async () => {
      for (const id of [0, 1.5, '', 'x', null]) {
        client.send(JSON.stringify({ id, method: 'mcp.hello' }))
        assert.deepEqual((await client.next()).id, id)
        client.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'mcp.hello', params: [] }))
        assert.deepEqual((await client.next()).id, id)
      }
    })

    test('a batch is answered as one, with its rubbish named and its notifications silent', async () => {
      client.send(
        JSON.stringify([
          { id: 1, method: 'mcp.hello' },
          7,
          { method: 'mcp.hello' },
          { id: 2, method: 'mcp.nope' },
          [],
          { id: 3, method: 5 },
        ]),
      )
      const answers = await client.next()
      const outcomes = answers.map((answer: { id: unknown; error?: { code: number } }) => [
        answer.id,
        answer.error?.code ?? 'ok',
      ])
      assert.deepEqual(outcomes, [
        [1, 'ok'],
        [null, -32600],
        [2, -32601],
        [null, -32600],
        [3, -32600],
      ])
      client.send('[]')
      assert.equal((await client.next()).error.code, -32600)
      client.send(JSON.stringify([{ method: 'mcp.hello' }]))
      assert.ok((await client.call('mcp.hello')).result) // and nothing came before it
    })

    test('a slow tool holds up no other call on the connection', async () => {
      const slow = client.call(SLOW)
      let slowEnded = false
      slow.then(() => {
        slowEnded = true
      })
      assert.ok((await client.call('mcp.hello')).result)
      assert.equal(slowEnded, false)
      assert.ok((await slow).result)
    })

    test('a hundred requests at once are all answered', async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => client.call('mcp.time.get_current_time', { timezone: 'UTC' })),
      )
      assert.ok(answers.every(({ result }) => result))
    })

    const BAD: [what: string, text: string | Buffer, code: number][] = [
      ['what is not JSON', '{"id": 1,', -32700],
      ['a scalar', '42', -32600],
      ['null', 'null', -32600],
      ['a wrong jsonrpc', '{"jsonrpc":"1.0","id":1,"method":"mcp.hello"}', -32600],
      ['a method that is no string', '{"id":1,"method":7}', -32600],
      ['params that are a string', '{"id":1,"method":"mcp.hello","params":"x"}', -32600],
      ['an id that is an object', '{"id":{},"method":"mcp.hello"}', -32600],
      ['a million nested arrays', '['.repeat(1_000_000), -32600],
      ['a batch of too many', `[${Array(1001).fill('1')}]`, -32600],
      [
        'a method that is none of theirs, without an envelope',
        '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
        -32602,
      ],
      ['an answer to nothing', '{"jsonrpc":"2.0","id":1,"result":{}}', -32600],
    ]
    for (const [what, text, code] of BAD)
      test(`${what} is answered with ${code}, and the connection goes on`, async () => {
        client.send(text)
        assert.equal((await client.next()).error.code, code)
        assert.ok((await client.call('mcp.hello')).result)
      })
  })
}

describe('a UNIX socket alone', () => {
  test('invalid UTF-8 and 17 MiB are refused, and the next message is read', async () => {
    const client = await connectUnix(a.socket)
    client.send(Buffer.from([0x22, 0xff, 0x22]))
    assert.equal((await client.next()).error.code, -32700)
    client.send(`"${'x'.repeat(17 * 1024 * 1024)}"`)
    assert.equal((await client.next()).error.code, -32600)
    assert.ok((await client.call('mcp.hello')).result)
    client.close()
  })

  test('the first terminator holds: the other one is part of a message from then on', async () => {
    const client = await connectUnix(a.socket, '\0')
    assert.ok((await client.call('mcp.hello')).result)
    client.send('{\n  "id": 1,\n  "method": "mcp.hello"\n}')
    assert.ok((await client.next()).result)
    client.close()

    const other = await connectUnix(a.socket, '\n')
    assert.ok((await other.call('mcp.hello')).result)
    other.send('{"id":1,"method":"mcp.hello"}\0{"id":2,"method":"mcp.hello"}')
    assert.equal((await other.next()).error.code, -32700)
    other.send('{\n  "id": 1,\n  "method": "mcp.hello"\n}')
    for (let piece = 0; piece < 4; piece++) assert.ok((await other.next()).error.code)
    assert.ok((await other.call('mcp.hello')).result)
    other.close()
  })

  test('two messages in one write, and one in many, are all read', async () => {
    const client = await connectUnix(a.socket, '\0')
    client.send('{"id":1,"method":"mcp.hello"}\0{"id":2,"method":"mcp.hello"}')
    assert.deepEqual([(await client.next()).id, (await client.next()).id], [1, 2])
    client.close()
  })
})

describe('a WebSocket alone', () => {
  /** The answer to a request for a WebSocket that is not given one. */
  const refused = async (headers: Record<string, string>, path = '/ws') => {
    const socket = new WebSocket(`${a.origin.replace('http', 'ws')}${path}`, { headers })
    socket.on('error', () => {})
    const [, answer] = await once(socket, 'unexpected-response')
    let text = ''
    for await (const part of answer.setEncoding('utf8')) text += part
    return { status: answer.statusCode, headers: answer.headers, json: JSON.parse(text) }
  }

  test('without a token, or with a wrong one, it is refused before it begins', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer lb_wrong' },
      { authorization: `Basic ${a.token}` },
      { 'sec-websocket-protocol': 'llmbasedos, bearer.lb_wrong' },
    ]) {
      const answer = await refused(headers)
      assert.equal(answer.status, 401)
      assert.equal(answer.headers['www-authenticate'], 'Bearer')
      assert.equal(answer.headers.connection, 'close')
      assert.equal(answer.json.error.code, -32000)
      assert.match(answer.json.error.message, /token/i)
    }
  })

  test('a token in the address is refused before it begins', async () => {
    const answer = await refused({ authorization: `Bearer ${a.token}` }, `/ws?token=${a.token}`)
    assert.equal(answer.status, 400)
    assert.match(answer.json.error.message, /never be in a URL/)
  })

  test('a page, which sees no refused WebSocket, learns why by a plain GET', async () => {
    const ask = async (token: string) => {
      const answer = await fetch(`${a.origin}/ws`, {
        headers: { origin: 'http://localhost:3000', authorization: `Bearer ${token}` },
      })
      assert.equal(answer.headers.get('access-control-allow-origin'), 'http://localhost:3000')
      return { status: answer.status, json: await answer.json() }
    }
    const wrong = await ask('lb_wrong')
    assert.deepEqual([wrong.status, wrong.json.error.code], [401, -32000])
    const right = await ask(a.token)
    assert.equal(right.status, 426)
    assert.match(right.json.error.message, /You may open a WebSocket here/)
  })

  test('a browser sends the token as a subprotocol, and gets the other one back', async () => {
    const client = await connectWebSocket(a.origin, { protocols: ['llmbasedos', `bearer.${a.token}`] })
    assert.equal(client.protocol, 'llmbasedos')
    assert.ok((await client.call('mcp.hello')).result)
    client.close()
  })

  test('a page of a foreign origin is refused before it begins', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example' }])
      await assert.rejects(connectWebSocket(a.origin, { token: a.token, headers }), /403/)
  })

  test('a revoked token ends its connections, and what was sent meanwhile is not done', async () => {
    const made = await a.luca(['token', 'create', 'short-lived', '--json'])
    const { token } = JSON.parse(made.stdout)
    const client = await connectWebSocket(a.origin, { token })
    assert.ok((await client.call('mcp.hello')).result)
    let sent = 0
    const sending = setInterval(() => {
      const path = `/late-${sent++}.txt`
      client.send(JSON.stringify({ id: path, method: 'mcp.fs.write', params: [path, 'x'] }))
    }, 1)
    // An answer of the same server, so that what it was doing when the token ended is done.
    const written = async () => {
      await callTool(a.url, a.token, 'fs_list_directory', { path: '/' })
      return (await readdir(a.files)).filter((name) => name.startsWith('late-')).length
    }
    await a.luca(['token', 'revoke', 'short-lived'])
    const before = await written()
    const { code, reason } = await client.closed
    clearInterval(sending)
    assert.deepEqual([code, reason], [1008, 'the token has ended'])
    assert.ok(sent > 0)
    assert.equal(await written(), before)
  })

  test('a client that does not answer the end of its connection is cut off', async () => {
    const { token } = JSON.parse((await a.luca(['token', 'create', 'stubborn', '--json'])).stdout)
    const socket = connect(Number(new URL(a.origin).port), '127.0.0.1')
    socket.on('error', () => {}).setEncoding('latin1')
    const cutOff = once(socket, 'close')
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    const [head] = await once(socket, 'data')
    assert.match(head, /^HTTP\/1\.1 101 .*X-Content-Type-Options: nosniff/s)
    await a.luca(['token', 'revoke', 'stubborn'])
    await cutOff
  })

  test('17 MiB close it with 1009 and a reason', async () => {
    const client = await connectWebSocket(a.origin, { token: a.token })
    client.send(`"${'x'.repeat(17 * 1024 * 1024)}"`)
    const { code, reason } = await client.closed
    assert.equal(code, 1009)
    assert.match(reason, /16777216 bytes/)
  })
})
