/** servers/time: the clock and the time zones, with the tools of the official time server. */
import { type Clock, defineServer } from '../../protocol/define.ts'
import { convertTime, getCurrentTime } from './tools.ts'

export const server = defineServer<Clock>({
  name: 'time',
  title: 'Time',
  version: '0.1.0',
  description: 'Tells the time in any time zone, and converts times between zones.',
  instructions: 'Zones have IANA names, such as Europe/Paris. Ask for the time instead of guessing it.',
  scope: 'user',
  tools: [getCurrentTime, convertTime],
  open: async ({ clock }) => clock,
})
