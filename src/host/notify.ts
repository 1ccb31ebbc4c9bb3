/** Tells the service manager how this process fares: sd_notify(3); `luca up` one line alone. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { wholeIn } from '../protocol/values.ts'

export interface Notifier {
  /** The process serves from now on. */
  ready(): void
  /** The process has begun to stop. */
  stopping(): void
  /** One line about what the process does, for `systemctl status`. */
  status(text: string): void
  /** Reports life at twice the rate the manager asks for, as long as `isHealthy` says so; not at all where it asks for none. */
  startWatchdog(isHealthy?: () => boolean): void
  /** Ends the watchdog's reports. */
  close(): void
}

interface NativeNotify {
  sendState(state: string): void
}

const UNHEARD: Notifier = { ready() {}, stopping() {}, status() {}, startWatchdog() {}, close() {} }

/** The descriptor that takes lines about what the process does, where `luca up` has started it. */
export const STATUS_FD = 'LLMBDO_STATUS_FD'

/**
 * A notifier for the manager named by NOTIFY_SOCKET; for `luca up`, which gives LLMBDO_STATUS_FD, one that tells its status alone;
 * without either one that does nothing. What reaches the manager is
 * loaded with the first thing that there is to say, which throws if that native package was not built.
 */
export function createNotifier(env: NodeJS.ProcessEnv = process.env): Notifier {
  if (!env.NOTIFY_SOCKET) return statusAlone(wholeIn(env[STATUS_FD]))
  let native: NativeNotify | undefined
  const sendState = (state: string) => {
    native ??= loadNative()
    native.sendState(state)
  }
  const watchdogMs = watchdogInterval(env)
  let timer: NodeJS.Timeout | undefined
  const close = () => {
    clearInterval(timer)
    timer = undefined
  }
  return {
    ready: () => sendState('READY=1'),
    stopping: () => sendState('STOPPING=1'),
    status: (text) => sendState(`STATUS=${inOneLine(text)}`),
    startWatchdog(isHealthy = () => true) {
      close()
      if (watchdogMs === undefined) return
      timer = setInterval(() => {
        if (isHealthy()) sendState('WATCHDOG=1')
      }, watchdogMs / 2)
      timer.unref()
    },
    close,
  }
}

const inOneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')

function statusAlone(fd: number | undefined): Notifier {
  if (fd === undefined) return UNHEARD
  return {
    ...UNHEARD,
    status(text) {
      try {
        writeSync(fd, `${inOneLine(text)}\n`)
      } catch {
        // Who started it is gone, or reads nothing; the next line says what holds then.
      }
    },
  }
}

function loadNative(): NativeNotify {
  try {
    // The native part itself: the rest of the package spends longer on finding it than the start of a server may take.
    return createRequire(import.meta.url)('sd-notify/build/Release/notify.node') as NativeNotify
  } catch (cause) {
    throw new Error(
      'NOTIFY_SOCKET is set, but the native package sd-notify cannot be loaded. "make native" builds it; that needs libsystemd-dev.',
      { cause },
    )
  }
}

/** How long the manager waits for a sign of life, in milliseconds; undefined if it waits for none of this process. */
function watchdogInterval({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  if (!WATCHDOG_USEC || (WATCHDOG_PID && WATCHDOG_PID !== String(process.pid))) return undefined
  const microseconds = wholeIn(WATCHDOG_USEC, 1)
  if (microseconds !== undefined) return microseconds / 1000
  throw new Error(`WATCHDOG_USEC is "${WATCHDOG_USEC}"; it must be a number of microseconds above 0.`)
}
