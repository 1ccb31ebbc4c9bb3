/**
 * A person who has never seen it, with the image for real hardware, a German keyboard, files with Polish names, no cable and a
 * phone: from the first start to the first answers, by docs/image.md alone, in its order. All that the phone knows of the machine
 * stood on the screen.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { fetchFrom } from './clients.ts'
import { emptyDisk, folder } from './disks.ts'
import { BASE, isBuilt } from './image.ts'
import { Letters, MISSING } from './letters.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'
import { ADDRESS, Router, WORLD } from './router.ts'

/** Signs that a German keyboard has in other places than an American one, and letters that change theirs. */
const HOME = { name: 'Zum Bären', passphrase: 'Zyklop/y-z&#"{@}_?=(+)' }
const FILE = 'Zażółć gęślą jaźń.txt'
const CONTENT = 'Pchnąć w tę łódź jeża lub ośm skrzyń fig.'
const ANSWER = 'Es ist ein Igel: jeż.'

if (BASE === 'debian' && isBuilt('generic'))
  describe('a stranger with a German keyboard, a Polish file, a radio and a phone', () => {
    const disk = emptyDisk('stranger', 1152)
    const router = new Router(HOME)
    let machine: Machine
    let letters: Letters
    let url: URL
    let token = ''
    let fingerprint = ''
    /** `fetch` of the phone, which trusts what it was shown. */
    let phone: typeof fetch = () => Promise.reject(new Error('It trusts nobody yet.'))
    // Some machine of the network that has the file of a model.
    const file = join(folder, 'stranger.gguf')
    const shelf = createServer((_, response) => response.end(readFileSync(file)))

    const start = async () => {
      machine = await Machine.boot(router.beside({ image: 'generic', processors: 2, disks: [disk] }))
      letters = await Letters.of(machine)
      await router.start(machine)
    }
    const type = (text: string) => machine.type(text, 'de')
    /** Runs a line of luca in its window, which goes when what it said was read. */
    const command = async (line: string, shown: RegExp) => {
      type(':')
      await letters.show(/Find anything/)
      type(`${line}\n`)
      await letters.show(shown)
    }
    /** A question that appears while a person types takes no keys for half a second: it was not read yet. */
    const isRead = () => new Promise((resolve) => setTimeout(resolve, 1000))
    const closeWindow = async () => {
      machine.press('esc')
      await letters.show(/^(?![\s\S]*Esc )/)
    }

    before(async () => {
      generateModel(file, { template: TEMPLATE, says: ANSWER })
      await once(shelf.listen(0, '127.0.0.1'), 'listening')
      await start()
    })
    after(async () => {
      await machine?.stop()
      shelf.close()
    })
    savesLogs(() => machine)

    test('the screen says that there is no network, and what to do', async () => {
      const text = await letters.show(/Enter opens luca/)
      assert.match(text, /no network yet[\s\S]*radio/)
      assert.match(text, /Token +lb_/)
    })

    test('Enter asks for the keyboard, which holds from then on, and all else, and the network with it', async () => {
      machine.type('\n')
      await letters.show(/keyboard \[us\]:/)
      machine.type('de\n')
      await letters.show(/time zone \[UTC\]:/)
      type('europe/wars\n')
      await letters.show(/language \[C\]:/)
      type('pl_PL\n')
      assert.match(await letters.show(/Wireless network \[none\]:/), new RegExp(HOME.name))
      type(`${HOME.name}\n`)
      await letters.show(/Passphrase of Zum Bären:/)
      type(`${HOME.passphrase}\n`)
      await letters.show(/found by what they say\? \[y\/N\]/)
      type('\n')
      await letters.show(/1 Chat[\s\S]*connected/)
    })

    test('leaving luca shows how the machine is reached, and all that a phone has to know', async () => {
      machine.press('ctrl-q')
      const text = await letters.show(/https:\/\/\d[\s\S]*Enter opens luca/)
      url = new URL(/https:\/\/[\d.]+:8443/.exec(text)?.[0] ?? '')
      assert.equal(url.hostname, ADDRESS)
      token = /Token +(lb_[\w-]+)/.exec(text)?.[1] ?? ''
      assert.match(token, /^lb_[\w-]{20,}$/)
      fingerprint =
        /\bCA +((?:[0-9A-F]{2}:){16})\s+((?:[0-9A-F]{2}:){15}[0-9A-F]{2})/.exec(text)?.slice(1).join('') ?? ''
      machine.type('\n')
      await letters.show(/1 Chat[\s\S]*connected/)
    })

    test('a disk is prepared, and keeps all that there is', async () => {
      machine.press('alt-4')
      await command('disk list', /\/dev\/vda[\s\S]*nothing/)
      await closeWindow()
      await command('disk prepare /dev/vda', /Type \/dev\/vda to delete it all/)
      await isRead()
      type('/dev/vda\n')
      await letters.show(/holds the data from the next start on/)
      await closeWindow()
      await command('power restart', /\[y\/N\]/)
      await isRead()
      type('y\n')
      await machine.ended()
      await machine.stop()
      await start()
    })

    test('it is on the network again by itself, and does not show the token again', async () => {
      const text = await letters.show(/https:\/\/\d[\s\S]*Enter opens luca/)
      assert.doesNotMatch(text, /lb_|forgotten/)
      machine.type('\n')
      await letters.show(/1 Chat[\s\S]*connected/)
    })

    test('a model is fetched', async () => {
      machine.press('alt-4')
      const { port } = shelf.address() as AddressInfo
      await command(`model add igel http://${WORLD}:${port}/igel.gguf`, /gets it now/)
      await closeWindow()
      await command('model pull igel', /igel is here/)
      await closeWindow()
    })

    test('a first question is answered on the screen', async () => {
      machine.press('alt-1')
      await letters.show(/Ask something/)
      type('Weißt du, was das ist?\n')
      await letters.show(new RegExp(`Weißt du, was das ist\\?[\\s\\S]*${ANSWER}`))
    })

    test('the phone trusts the machine by what the screen showed', async () => {
      const host = url.host
      const authority = await fetchFrom(machine, url.hostname)(`https://${host}/ca.crt`)
      // By which a phone offers to install it.
      assert.equal(authority.headers.get('content-type'), 'application/x-x509-ca-cert')
      const ca = await authority.text()
      assert.equal(new X509Certificate(ca).fingerprint256, fingerprint)
      const trusted = fetchFrom(machine, url.hostname, ca)
      phone = (input, init = {}) =>
        trusted(input, {
          ...init,
          headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` },
        })
    })

    test('the phone brings a file with a Polish name', async () => {
      const client = new Client({ name: 'phone', version: '1' })
      await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { fetch: phone }))
      const { isError } = await client.callTool({
        name: 'fs_write_file',
        arguments: { path: `/${FILE}`, content: CONTENT },
      })
      assert.ok(!isError)
      await client.close()
    })

    test('the phone asks, and is answered', async () => {
      const answered = await phone(new URL('/v1/chat/completions', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'igel', messages: [{ role: 'user', content: 'Co to za zwierzę?' }] }),
      })
      const { choices } = (await answered.json()) as { choices: { message: { content: string } }[] }
      assert.equal(choices[0]?.message.content.trim(), ANSWER)
    })

    test('the file is read on the screen, letter by letter', async () => {
      machine.press('alt-2')
      await letters.show(/Enter open/)
      type('/')
      await letters.show(/Search:/)
      type('txt')
      await letters.show(new RegExp(FILE))
      type('\n')
      const text = await letters.show(new RegExp(CONTENT))
      assert.ok(!text.includes(MISSING), text)
    })

    test('a question about it is asked with it, and answered', async () => {
      type('a')
      await letters.show(/\+ \/Zażółć/)
      type('Was für ein Tier ist das?\n')
      const text = await letters.show(new RegExp(`Was für ein Tier ist das\\?[\\s\\S]*${ANSWER}`))
      assert.ok(!text.includes(MISSING), text)
    })
  })
