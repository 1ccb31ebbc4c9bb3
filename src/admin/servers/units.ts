/** The unit files of added servers. /etc is read-only and /run empty at every boot, when they are made anew. */
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Grants, Pinned } from '../../contracts/third-party.ts'
import { grantsText, placesText, sealedText, serviceText, socketText } from '../../host/added-server-units.ts'
import { nodeCrypto } from '../../host/lazy.ts'
import type { Machine } from '../machine.ts'
import { allUsers } from '../userdb.ts'

const SYSTEMCTL = '/usr/bin/systemctl'

/** Puts files into the folder of units; systemd does not know them until `reload`. */
export async function putUnits({ units }: Machine, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(units, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    // Readable by all users whatever the umask says, as units are: systemd tells of others.
    await chmod(dirname(path), 0o755)
    await chmod(path, 0o644)
  }
}

export async function dropUnits({ units }: Machine, files: readonly string[]): Promise<void> {
  for (const file of files) await rm(join(units, file), { recursive: true, force: true })
}

export const reload = ({ run }: Machine): Promise<string> => run(SYSTEMCTL, ['daemon-reload'])

const unitsOf = (name: string) => ({
  service: `mcp-${name}@.service`,
  dropIns: `mcp-${name}@.service.d`,
  socket: `mcp-${name}@.socket`,
  wanted: `mcp-user@.target.wants/mcp-${name}@.socket`,
})

/** Writes the units of a server, whose socket then starts with each user's others. */
export async function writeServerUnits(machine: Machine, pinned: Pinned, grants: Grants): Promise<void> {
  const { name } = pinned
  const { service, dropIns, socket, wanted } = unitsOf(name)
  const revision = nodeCrypto()
    .hash('sha256', JSON.stringify([pinned, grants]))
    .slice(0, 16)
  await putUnits(machine, {
    [service]: serviceText(name, revision),
    [join(dropIns, '40-places.conf')]: placesText(name, grants),
    [join(dropIns, '45-sealed.conf')]: sealedText(name),
    [join(dropIns, '50-grants.conf')]: grantsText(name, grants),
    [socket]: socketText(name),
  })
  const link = join(machine.units, wanted)
  await mkdir(dirname(link), { recursive: true, mode: 0o755 })
  await rm(link, { force: true })
  await symlink(`../${socket}`, link)
}

/** Starts the server's socket for all users. */
export async function openSockets(machine: Machine, name: string): Promise<void> {
  const users = await allUsers(machine)
  await machine.run(SYSTEMCTL, ['start', '--', ...users.map((user) => `mcp-${name}@${user.name}.socket`)])
}

/** Ends the processes of the server, which start anew with the next call. */
export const restartServices = async ({ run }: Machine, name: string): Promise<void> =>
  void (await run(SYSTEMCTL, ['stop', '--', `mcp-${name}@*.service`]))

/** Ends a server, and what is done for it, for all users, and takes its units away. */
export async function removeServerUnits(machine: Machine, name: string): Promise<void> {
  const all = [`mcp-${name}@*.socket`, `mcp-${name}@*.service`, `mcp-${name}_*@*.service`]
  await machine.run(SYSTEMCTL, ['stop', '--', ...all])
  await dropUnits(machine, Object.values(unitsOf(name)))
  await reload(machine)
  await machine.run(SYSTEMCTL, ['reset-failed', '--', ...all])
}
