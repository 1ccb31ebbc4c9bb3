/**
 * A real Dovecot (https://dovecot.org) for tests, on loopback: no service of the system, all of it in a temporary folder.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'

export interface Dovecot extends AsyncDisposable {
  readonly host: '127.0.0.1'
  /** TLS from the start. */
  readonly imaps: number
  /** STARTTLS. */
  readonly imap: number
  /** The certificate that signs for `localhost` and 127.0.0.1, as PEM. */
  readonly ca: string
  /** The same, with its key. */
  readonly certificate: { key: string; cert: string }
  /** Puts messages into a mailbox of a user, which is made where it is missing. */
  deliver(user: string, messages: readonly (string | Buffer)[], mailbox?: string): Promise<void>
  /** What `doveadm` says of this server. */
  doveadm(...words: string[]): Promise<string>
}

export interface DovecotOptions {
  /** Passwords by user. */
  users?: Readonly<Record<string, string>>
  /** More lines of its configuration. */
  settings?: string
  names?: string
  /** Where it asks who signed in with a token, which ends the address; nobody signs in without. */
  introspection?: string
}

/** Who serves: nobody where root starts it, since Dovecot gives mail to no root. */
const NOBODY = 65534
const WAIT_MS = 20_000

export async function startDovecot({
  users = { ada: 'secret' },
  settings = '',
  names = 'DNS:localhost,IP:127.0.0.1',
  introspection,
}: DovecotOptions = {}): Promise<Dovecot> {
  const folder = temporaryDirectory()
  const [imaps, imap] = [await freePort(), await freePort()]
  const { key, cert } = certificateFor(names)
  const file = (name: string, text: string, mode = 0o644) => {
    const path = join(folder.path, name)
    writeFileSync(path, text, { mode })
    return path
  }
  const isRoot = process.getuid?.() === 0
  const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : { uid: process.getuid?.(), gid: process.getgid?.() }
  const homes = join(folder.path, 'homes')
  mkdirSync(homes)
  if (isRoot) chownSync(homes, NOBODY, NOBODY)
  chmodSync(folder.path, 0o755)
  const passwords = Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}`)
  const config = file(
    'dovecot.conf',
    configuration({
      folder: folder.path,
      homes,
      imaps,
      imap,
      cert: file('cert.pem', cert),
      key: file('key.pem', key, 0o600),
      users: file('users', `${passwords.join('\n')}\n`),
      ...owner,
      names: isRoot ? ['nobody', 'nogroup'] : [idOf('-un'), idOf('-gn')],
      settings,
      signingIn: introspection === undefined ? '' : signingIn(introspection, file),
    }),
  )
  const server = spawn('dovecot', ['-F', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()))
  const until = Date.now() + WAIT_MS
  while (!(await answers(imaps))) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`Dovecot does not start: ${said}`)
    await pause(20)
  }
  const doveadm = async (...words: string[]) =>
    (await promisify(execFile)('doveadm', ['-c', config, ...words], { maxBuffer: 64 * 1024 * 1024 })).stdout

  return {
    host: '127.0.0.1',
    imaps,
    imap,
    ca: cert,
    certificate: { key, cert },
    doveadm,
    async deliver(user, messages, mailbox = 'INBOX') {
      for (const message of messages) {
        const child = execFile('doveadm', ['-c', config, 'save', '-u', user, '-m', mailbox])
        const done = new Promise<void>((resolve, reject) =>
          child.once('close', (code) =>
            code === 0 ? resolve() : reject(new Error(`doveadm save ended with ${code}`)),
          ),
        )
        child.stdin?.end(message)
        await done
      }
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM')
      await ended
      folder[Symbol.dispose]()
    },
  }
}

interface Parts {
  folder: string
  homes: string
  imaps: number
  imap: number
  cert: string
  key: string
  users: string
  uid: number | undefined
  gid: number | undefined
  names: string[]
  settings: string
  signingIn: string
}

/** Whether it is 2.4, which renamed much of 2.3's configuration. */
const isNew = (): boolean => !execFileSync('dovecot', ['--version'], { encoding: 'utf8' }).startsWith('2.3.')

/** Tokens of OAuth beside passwords. */
function signingIn(url: string, file: (name: string, text: string) => string): string {
  const settings = `
introspection_mode = get
introspection_url = ${url}
username_attribute = username
active_attribute = active
active_value = yes
`
  return isNew()
    ? `
auth_mechanisms = plain login xoauth2 oauthbearer
oauth2 {${settings}}
passdb oauth2 {
  mechanisms_filter = xoauth2 oauthbearer
}`
    : `
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${file('oauth2.conf', settings)}
}`
}

/** Its configuration, as the version that is here has it. */
function configuration(parts: Parts): string {
  const { folder, homes, imaps, imap, cert, key, users, uid, gid, names, settings, signingIn } = parts
  const own = isNew()
    ? `
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
mail_driver = maildir
mail_path = ~/Maildir
ssl_server_cert_file = ${cert}
ssl_server_key_file = ${key}
auth_allow_cleartext = no
passdb passwd-file {
  passwd_file_path = ${users}
}
userdb static {
  fields {
    uid = ${uid}
    gid = ${gid}
    home = ${homes}/%{user}
  }
}`
    : `
mail_location = maildir:~/Maildir
ssl_cert = <${cert}
ssl_key = <${key}
disable_plaintext_auth = yes
passdb {
  driver = passwd-file
  args = ${users}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${homes}/%u
}`
  return `${own}
${signingIn}
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
ssl = yes
listen = 127.0.0.1
default_login_user = ${names[0]}
default_internal_user = ${names[0]}
default_internal_group = ${names[1]}
first_valid_uid = 1
auth_failure_delay = 0
namespace inbox {
  inbox = yes
  separator = /
  mailbox Gesendet {
    auto = create
    special_use = \\Sent
  }
  mailbox Papierkorb {
    auto = create
    special_use = \\Trash
  }
  mailbox Entwürfe {
    auto = create
    special_use = \\Drafts
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
${settings}
`
}

const idOf = (which: string): string => execFileSync('id', [which], { encoding: 'utf8' }).trim()

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
