/**
 * The unit files of an added server: those of every server, what it is granted beyond the common hardening, and in the
 * image what looks at it and installs it. Everything secret comes as a credential; nothing of it stands in a unit.
 */
import { type Grants, LAUNCH_CREDENTIAL } from '../contracts/third-party.ts'
import { nodeCrypto } from './lazy.ts'

/** Where an added server's files lie in the image. */
export const SERVERS = '/var/lib/llmbasedos/servers'
/** Where what was installed for servers lies in the image, a folder each: as they see it, and where it is. */
export const PROGRAMS = '/var/lib/llmbasedos/programs'
const PROGRAMS_KEPT = '/var/lib/private/llmbasedos/programs'

const ADAPTER = '/usr/bin/node /usr/lib/llmbasedos/stdio-adapter.cjs'

/** `revision` changes with what is pinned, so that whoever runs the service knows to start it anew. */
export function serviceText(name: string, revision: string): string {
  const folder = `${SERVERS}/${name}`
  return `# Made by "luca server add".
# Revision: ${revision}
[Unit]
Description=${name} of %i, a server that was added, as an MCP server

[Service]
Type=notify
ExecStart=${ADAPTER} ${folder}/pinned.json
WatchdogSec=30s
StateDirectory=llmbasedos/${name}/%i
CacheDirectory=llmbasedos/${name}/%i
Environment=LLMBDO_IDLE_SECONDS=60
Environment=NODE_COMPILE_CACHE=/var/cache/llmbasedos/${name}/%i
# How it is started, with what may be secret in its environment.
LoadCredential=${LAUNCH_CREDENTIAL}:${folder}/${LAUNCH_CREDENTIAL}
# What it is held to.
BindReadOnlyPaths=${folder}/pinned.json
`
}

/** What holds in the image alone, as a drop-in: there the credential is sealed, and packages are installed beforehand. */
export const sealedText = (name: string): string => `# Made by "luca server add".
[Service]
LoadCredential=
LoadCredentialEncrypted=${LAUNCH_CREDENTIAL}:${SERVERS}/${name}/${LAUNCH_CREDENTIAL}
`

/** Its grants, as a drop-in: the common hardening is one too, and beats the unit. */
export const grantsText = (name: string, grants: Grants): string =>
  `# Made by "luca server add".
[Service]
# Each session has processes of its own.
TasksMax=512
MemoryMax=1G
${identity(name, grants)}${grants.network ? `# It was added with --allow-network.\n${NETWORK}` : ''}`

export const socketText = (name: string): string => `# Made by "luca server add".
[Unit]
Description=Socket of ${name} of %i, a server that was added
PartOf=mcp-user@%i.target

[Socket]
ListenStream=/run/mcp/%i/${name}.sock
SocketUser=%i

[Install]
WantedBy=mcp-user@.target
`

/** What a unit that runs once reads, and what it says: paths that it does not see itself. */
export interface Errand {
  credential: string
  out: string
  said: string
}

const errandText = ({ out, said }: Errand, seconds: number): string => `Type=oneshot
StandardOutput=truncate:${out}
StandardError=truncate:${said}
TimeoutStartSec=${seconds}s
LimitFSIZE=1G
`

/** As a drop-in: what is done once is not tried again, as servers are. */
export const ONCE_TEXT = `# Made while a server is added.
[Service]
Restart=no
`

/** How long a server may take until it has told all that it offers, and how long the installation of one, in seconds. */
export const LOOK_SECONDS = 400
export const INSTALL_SECONDS = 600

/** Starts the server once, with the grants and the state of the one that it is to become, and tells what it offers. */
export const lookText = (name: string, errand: Errand): string => `# Made while a server is looked at.
[Unit]
Description=A look at ${name}, a server that was added

[Service]
${errandText(errand, LOOK_SECONDS)}ExecStart=${ADAPTER} --inspect
StateDirectory=llmbasedos/${name}/%i
CacheDirectory=llmbasedos/${name}/%i
Environment=NODE_COMPILE_CACHE=/var/cache/llmbasedos/${name}/%i
LoadCredential=${LAUNCH_CREDENTIAL}:${errand.credential}
# What its user gave it.
ImportCredential=mcp-${name}.%i.*
`

/** In the image: programs look for what is theirs at home; and what was installed for the server is its to read. */
export const placesText = (name: string, { files }: Grants): string => `# Made by "luca server add".
[Service]
${files === 'none' ? `Environment=HOME=/var/lib/llmbasedos/${name}/%i\n` : ''}BindReadOnlyPaths=-${PROGRAMS_KEPT}/${name}:${PROGRAMS}/${name}
`

/** Installs the package of a server, and tells how that is started. Its grants are those of `installGrantsText`. */
export const installText = (name: string, errand: Errand): string => `# Made while a server is installed.
[Unit]
Description=Installation of ${name}, a server that was added

[Service]
${errandText(errand, INSTALL_SECONDS)}ExecStart=${ADAPTER} --install
StateDirectory=llmbasedos/programs/${name}
LoadCredential=${INSTALL_CREDENTIAL}:${errand.credential}
`

/** The name of the credential that says what is to be installed. */
export const INSTALL_CREDENTIAL = 'install.json'

export const installGrantsText = (name: string): string => `# Made while a server is installed.
[Service]
User=${shortName(name)}_install
UMask=0022
# All users of the server run it.
StateDirectoryMode=0755
TasksMax=512
MemoryMax=1G
# Packages come from there. The installation reads no user's files, and is given no secrets.
${NETWORK}`

/** With the name of its user a dynamic user's must be within 31 characters. No person's begins so, and none has a "_". */
const shortName = (name: string): string => `mcp-${nodeCrypto().hash('sha256', name).slice(0, 8)}`

function identity(name: string, { files }: Grants): string {
  if (files === 'none') return `User=${shortName(name)}-%i\n`
  const bind = files === 'read' ? 'BindReadOnlyPaths' : 'BindPaths'
  return `# It works with the files of its user, as that user, and sees no other home. PrivateUsers= stays: without it the server
# would reach by /proc what else the user runs, and by that every socket, and pass for the user at the root helper.
DynamicUser=no
User=%i
ProtectHome=tmpfs
${bind}=/home/%i
`
}

const NETWORK = `PrivateNetwork=no
IPAddressDeny=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
# Where names are asked for.
BindReadOnlyPaths=-/run/systemd/resolve/stub-resolv.conf
`
