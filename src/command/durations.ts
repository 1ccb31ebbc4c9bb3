import { CliError } from './cli-error.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** So many seconds, for people, in the unit that suits. */
export const formatDuration = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : seconds < 172_800
        ? `${Math.round(seconds / 3600)} h`
        : `${Math.round(seconds / 86_400)} days`

/** A duration such as `12h`, `30d` or `2w`, in seconds. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhdw])$/.exec(text)
  if (!match)
    throw new CliError('usage', `"${text}" is not a duration; write it as 90s, 15m, 12h, 30d or 2w.`)
  return Number(match[1]) * (SECONDS[match[2] as string] as number)
}
