/** A machine that boots the image, in QEMU: its screen, its ports, and commands in it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { ROOT } from '../scripts/servers.ts'
import { commandLine, type MachineOptions, PATIENCE, startChip } from './hardware.ts'
import { keyOf, type Layout } from './keyboard.ts'

/** Without hardware that helps, a boot takes half a minute, and a first call ten seconds. */
const BOOT_MS = 300_000 * PATIENCE
const COMMAND_MS = 120_000 * PATIENCE
const JOURNAL_MS = 30_000 * PATIENCE
/** Letters in the memory of a card, as far as it scrolls in a start: the screen begins anywhere in it. */
const CARD_CELLS = 0x2000

/**
 * A root shell on a serial port of its own, there before all else but the file systems. It comes as a credential, so that
 * the image is what people get.
 */
const PROBE = `[Unit]
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target
StartLimitIntervalSec=0
[Service]
ExecStartPre=-/sbin/modprobe virtio_console
ExecStartPre=/bin/sh -c 'until [ -e /dev/vport*p1 ]; do sleep 0.2; done'
ExecStart=/bin/sh -c 'exec /bin/bash <>/dev/$(cd /dev && echo vport*p1) >&0 2>&0'
Restart=always
RestartSec=500ms
`

export interface Ran {
  code: number
  output: string
}

export class Machine {
  readonly sshPort: number
  readonly httpsPort: number
  readonly #work: string
  readonly #qemu: ChildProcess
  readonly #monitor: Socket
  readonly #probe: Socket
  #heard = ''
  /** What the monitor has said since it was last asked. */
  #said = ''

  private constructor(
    work: string,
    qemu: ChildProcess,
    ports: [number, number],
    monitor: Socket,
    probe: Socket,
  ) {
    this.#work = work
    this.#qemu = qemu
    ;[this.sshPort, this.httpsPort] = ports
    this.#monitor = monitor
    this.#probe = probe
    probe.setEncoding('utf8').on('data', (chunk) => {
      this.#heard += chunk
    })
    monitor.setEncoding('latin1').on('data', (chunk) => {
      this.#said += chunk
    })
  }

  /** Starts it, without waiting for anything. */
  static async launch(options: MachineOptions): Promise<Machine> {
    const work = mkdtempSync(join(tmpdir(), 'qemu-'))
    const ports = [await freePort(), await freePort()] as [number, number]
    const credentials = {
      ...options.credentials,
      'systemd.extra-unit.probe.service': PROBE,
      'systemd.unit-dropin.multi-user.target': '[Unit]\nWants=probe.service\n',
    }
    const args = commandLine({ ...options, credentials }, work, ports)
    if (options.chip !== undefined) await startChip(work, options.chip)
    const qemu = spawn(join(ROOT, 'iso/in-tools.sh'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    qemu.stderr?.on('data', (chunk) => {
      said += chunk
    })
    try {
      const [monitor, probe] = await Promise.all(
        ['monitor', 'probe'].map((name) => reach(join(work, name), qemu)),
      )
      return new Machine(work, qemu, ports, monitor as Socket, probe as Socket)
    } catch (cause) {
      qemu.kill('SIGKILL')
      throw new Error(`The machine did not start: ${said}`, { cause })
    }
  }

  /** Starts it and waits until all that starts by itself has started. */
  static boot(options: MachineOptions = {}): Promise<Machine> {
    return Machine.#begin(options, (machine) => machine.isUp())
  }

  /** Starts it and waits until its serial line has shown something. */
  static start(options: MachineOptions, shown: RegExp): Promise<Machine> {
    return Machine.#begin(options, (machine) => machine.serialWith(shown))
  }

  /**
   * Starts it and waits until it is ready, once more where it did not become so: a kernel panics at times when a machine that
   * is busy acts its timer too late. What it said is saved then.
   */
  static async #begin(options: MachineOptions, ready: (machine: Machine) => Promise<void>): Promise<Machine> {
    for (let attempt = 1; ; attempt++) {
      const machine = await Machine.launch(options)
      try {
        await ready(machine)
        return machine
      } catch (cause) {
        const log = await machine.saveLog(`start ${attempt} in ${basename(process.argv[1] ?? '')}`)
        await machine.stop()
        if (attempt === 2) throw new Error(`${(cause as Error).message} ${log} has what it said.`, { cause })
      }
    }
  }

  /** Waits until its shell answers: the file systems are there, and what waits for them is still starting. */
  async answers(): Promise<void> {
    const deadline = Date.now() + BOOT_MS
    while (!this.#heard.includes('here-2')) {
      this.#checkAlive()
      if (Date.now() > deadline) throw new Error(`It did not boot within ${BOOT_MS} ms.`)
      this.#probe.write('echo here-$((1 + 1))\n')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    // It was asked more often than it has answered by now.
    await this.run('true')
  }

  /** Waits until all has started. */
  async isUp(): Promise<void> {
    await this.answers()
    const state = await this.out('systemctl is-system-running --wait || true', BOOT_MS)
    if (!/running|degraded/.test(state)) throw new Error(`The system is ${state}.`)
  }

  /** Runs a line of shell in it as root. */
  async run(line: string, timeoutMs = COMMAND_MS): Promise<Ran> {
    const mark = `done-${Math.random().toString(36).slice(2)}`
    this.#heard = ''
    const pattern = new RegExp(`${mark} (\\d+)\\n`)
    const deadline = Date.now() + timeoutMs
    this.#probe.write(`( ${line}\n) 2>&1 </dev/null; printf '${mark} %s\\n' $?\n`)
    for (;;) {
      const found = pattern.exec(this.#heard)
      if (found) return { code: Number(found[1]), output: this.#heard.slice(0, found.index) }
      this.#checkAlive()
      if (Date.now() > deadline) throw new Error(`"${line}" took longer than ${timeoutMs} ms.`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #checkAlive(): void {
    if (this.#qemu.exitCode !== null || this.#qemu.signalCode !== null)
      throw new Error('The machine has ended.')
    if (/Kernel panic/.test(this.serial())) throw new Error('The kernel panicked.')
  }

  /** What a line of shell wrote. Throws where it failed. */
  async out(line: string, timeoutMs?: number): Promise<string> {
    const { code, output } = await this.run(line, timeoutMs)
    if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${output}`)
    return output.trim()
  }

  /** What came out of the serial line. */
  serial(): string {
    try {
      return readFileSync(join(this.#work, 'serial.log'), 'latin1')
    } catch {
      return ''
    }
  }

  /**
   * Saves what it said, in a file of that name in `out/qemu-test`: the serial line and, where its shell answers, the journal.
   * Returns the path.
   */
  async saveLog(name: string): Promise<string> {
    const journal = await this.run(
      'journalctl --boot --output=short-monotonic --no-hostname',
      JOURNAL_MS,
    ).then(
      ({ output }) => output,
      (error: Error) => `There is no journal: ${error.message}`,
    )
    const path = join(ROOT, 'out/qemu-test', `${name.replaceAll(/[^\w.]+/g, '-')}.log`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${this.serial()}\n\n${journal}\n`)
    return path
  }

  /** What stands on one of the terminals of the screen, without ends of lines. */
  screen(terminal = 1): Promise<string> {
    return this.out(`tr -c '[:print:]' ' ' </dev/vcs${terminal}`)
  }

  /**
   * The same as its graphics card has it: nothing in the machine works for this. Of a machine with a BIOS, whose card shows
   * letters, earlier ones too; under UEFI they are drawn.
   */
  async graphicsText(): Promise<string> {
    const deadline = Date.now() + COMMAND_MS
    this.#said = ''
    this.#monitor.write(`xp /${CARD_CELLS}hx 0xb8000\n`)
    const cell = /\b0x[0-9a-f]{2}([0-9a-f]{2})\b/g
    for (;;) {
      const cells = [...this.#said.matchAll(cell)]
      if (cells.length >= CARD_CELLS)
        return cells.map(([, code]) => String.fromCharCode(Number.parseInt(code as string, 16))).join('')
      this.#checkAlive()
      if (Date.now() > deadline) throw new Error('QEMU does not tell what is on the screen.')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Waits until its graphics card shows something. */
  async graphicsWith(shown: RegExp): Promise<void> {
    const deadline = Date.now() + BOOT_MS
    for (;;) {
      const text = await this.graphicsText()
      if (shown.test(text)) return
      if (Date.now() > deadline) throw new Error(`The graphics card never showed ${shown}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** Presses keys of its keyboard, by QEMU's names of them, such as `alt-4`. */
  press(...keys: readonly string[]): void {
    for (const key of keys) this.#monitor.write(`sendkey ${key}\n`)
  }

  /** What stands on the screen once it shows something. Throws after some minutes, with what stands there then. */
  async screenWith(shown: RegExp, terminal?: number): Promise<string> {
    const deadline = Date.now() + BOOT_MS
    for (;;) {
      const screen = await this.screen(terminal)
      if (shown.test(screen)) return screen
      if (Date.now() > deadline) throw new Error(`The screen never showed ${shown}: ${screen}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  /** Types on its keyboard, where that is printed on the keys; `\n` is Enter. */
  type(text: string, layout: Layout = 'us'): void {
    this.press(...Array.from(text, (char) => keyOf(char, layout)))
  }

  /** Waits until the serial line has shown something. */
  async serialWith(shown: RegExp): Promise<void> {
    const deadline = Date.now() + BOOT_MS
    while (!shown.test(this.serial())) {
      this.#checkAlive()
      if (Date.now() > deadline)
        throw new Error(`The serial line never showed ${shown}: ${this.serial().slice(-2000)}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** Keeps it as it is now, with its disks, all of which must be `:lost`. */
  keep(): Promise<void> {
    return this.#order('savevm kept')
  }

  /** Makes it what it was when it was kept. What it said since stays on its serial line. */
  goBack(): Promise<void> {
    return this.#order('loadvm kept')
  }

  /** Has QEMU do something, and waits until it asks for the next. */
  async #order(command: string): Promise<void> {
    const deadline = Date.now() + COMMAND_MS
    this.#said = ''
    this.#monitor.write(`${command}\n`)
    while (!/\n\(qemu\) $/.test(this.#said)) {
      this.#checkAlive()
      if (Date.now() > deadline) throw new Error(`QEMU did not end "${command}": ${this.#said}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (this.#said.includes('Error')) throw new Error(`QEMU refused "${command}": ${this.#said}`)
  }

  /** As if its plug was pulled. */
  async cutPower(): Promise<void> {
    const gone = once(this.#qemu, 'exit')
    this.#monitor.write('quit\n')
    await gone
  }

  /** Ends it, and removes what belonged to it. */
  async stop(): Promise<void> {
    if (this.#qemu.exitCode === null && this.#qemu.signalCode === null) await this.cutPower()
    rmSync(this.#work, { recursive: true, force: true })
  }

  /** Waits until it has switched itself off. */
  async ended(): Promise<void> {
    const deadline = Date.now() + BOOT_MS
    while (this.#qemu.exitCode === null && this.#qemu.signalCode === null) {
      if (Date.now() > deadline) throw new Error(`It has not ended within ${BOOT_MS} ms.`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function reach(path: string, qemu: ChildProcess): Promise<Socket> {
  for (;;) {
    if (qemu.exitCode !== null) throw new Error('QEMU ended')
    const socket = connect(path)
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (connected) return socket.on('error', () => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
