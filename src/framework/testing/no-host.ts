/** A machine that has nothing for a server, for tests that open one by themselves. */
import { machineClock } from '../../host/clock.ts'
import { Secrets } from '../secrets.ts'

export const NO_HOST = {
  directories: {},
  env: {},
  clock: machineClock,
  secrets: new Secrets(async () => undefined),
}
