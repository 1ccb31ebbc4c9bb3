/** The table of commands: help and dispatch are made from it. */
import type { Command } from '../../command/command.ts'
import { helpFor } from '../../command/help.ts'
import { approve } from './approve.ts'
import { call } from './call.ts'
import { cat } from './cat.ts'
import { certificate } from './certificate.ts'
import { chat } from './chat.ts'
import { completionFor } from './completion.ts'
import { config } from './config.ts'
import { connect } from './connect.ts'
import { disk } from './disk.ts'
import { doctor } from './doctor.ts'
import { hostname } from './hostname.ts'
import { licence } from './licence.ts'
import { llm } from './llm.ts'
import { begin, keyboard, language, timezone } from './locality.ts'
import { log } from './log.ts'
import { ls } from './ls.ts'
import { mail } from './mail.ts'
import { model } from './model.ts'
import { plainFor } from './plain.ts'
import { power } from './power.ts'
import { rm } from './rm.ts'
import { schedule } from './schedule.ts'
import { screenFor } from './screen.ts'
import { search } from './search.ts'
import { searchIndex } from './search-index.ts'
import { secret } from './secret.ts'
import { server } from './server.ts'
import { sshKey } from './ssh-key.ts'
import { stdio } from './stdio.ts'
import { token } from './token.ts'
import { tools } from './tools.ts'
import { uninstall } from './uninstall.ts'
import { unit } from './unit.ts'
import { up } from './up.ts'
import { user } from './user.ts'
import { version } from './version.ts'
import { welcome } from './welcome.ts'
import { wifi } from './wifi.ts'

export const COMMANDS: readonly Command[] = [
  up,
  screenFor(() => COMMANDS),
  plainFor(() => COMMANDS),
  tools,
  call,
  ls,
  cat,
  rm,
  search,
  searchIndex,
  mail,
  chat,
  llm,
  approve,
  schedule,
  licence,
  model,
  token,
  server,
  user,
  secret,
  sshKey,
  certificate,
  config,
  hostname,
  keyboard,
  timezone,
  language,
  wifi,
  unit,
  disk,
  power,
  stdio,
  connect,
  welcome,
  log,
  begin,
  doctor,
  completionFor(() => COMMANDS),
  uninstall,
  helpFor(() => COMMANDS),
  version,
]
