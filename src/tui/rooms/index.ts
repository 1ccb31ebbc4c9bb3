/** The rooms, in their order. A room is one folder here and one line in this table. */
import type { AnyRoom } from '../model/room.ts'
import { chat } from './chat/room.ts'
import { files } from './files/room.ts'
import { setup } from './setup/room.ts'
import { system } from './system/room.ts'
import { tools } from './tools/room.ts'

export const ROOMS: readonly AnyRoom[] = [chat, files, tools, system, setup]
