/** Who asks. */

import type { Machine } from './machine.ts'
import { userOf } from './userdb.ts'

export interface Caller {
  uid: number
  name: string
  /** Whether they may do everything: root and the owner. */
  mayAll: boolean
}

/** The user of that uid; undefined for one that this system does not know. */
export async function callerOf(machine: Machine, uid: number): Promise<Caller | undefined> {
  if (uid === 0) return { uid, name: 'root', mayAll: true }
  const user = await userOf(machine, uid)
  return user && { uid, name: user.name, mayAll: user.name === machine.owner }
}
