/** No clock that is right shows a time before this program was written. In milliseconds since the epoch. */
export const EARLIEST = Date.UTC(2026, 0, 1)
