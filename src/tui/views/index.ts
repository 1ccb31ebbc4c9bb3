/** The views, in their order. A view is one folder here and one line in this table. */
import type { AnyView } from '../model/view.ts'
import { chat } from './chat/view.ts'
import { files } from './files/view.ts'
import { mail } from './mail/view.ts'
import { setup } from './setup/view.ts'
import { system } from './system/view.ts'
import { tools } from './tools/view.ts'

export const VIEWS: readonly AnyView[] = [chat, files, tools, system, setup, mail]
