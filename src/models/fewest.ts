/** As fast as the fastest: what is left free is of use to others. */
const GOOD_ENOUGH = 0.95

/** The smallest number that is nearly as fast as any, of speeds by number; undefined where nothing was measured. */
export function fewestNearlyFastest(speeds: Readonly<Record<number, number>>): number | undefined {
  const fastest = Math.max(...Object.values(speeds))
  const found = Object.entries(speeds)
    .map(([number, speed]) => ({ number: Number(number), speed }))
    .sort((a, b) => a.number - b.number)
    .find(({ speed }) => speed >= fastest * GOOD_ENOUGH)
  return found?.number
}
