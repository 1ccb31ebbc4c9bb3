/** Switching the machine off, and starting it anew. */
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { Machine } from './machine.ts'

/** Answers before it happens: programs end first, and what they were asked is finished. */
export async function power({ to }: ParamsOf<'power'>, { run }: Machine): Promise<ResultOf<'power'>> {
  await run('/usr/bin/systemctl', ['--no-block', to === 'off' ? 'poweroff' : 'reboot'])
  return {}
}
