/** Bytes that come in parts. Each part would take some hundred bytes besides its own, so that they are put together as they come. */

const SMALLEST_BLOCK = 512
const LARGEST_BLOCK = 64 * 1024

export class Gathered {
  /** The last of them has `#free` bytes at its end that mean nothing. */
  #parts: Buffer[] = []
  #free = 0
  #length = 0

  /** How many bytes there are. */
  get length(): number {
    return this.#length
  }

  /** Takes the next bytes, which must not be changed any longer. Most come whole: those are not copied. */
  add(part: Buffer): void {
    if (part.length === 0) return
    if (this.#length === 0) this.#parts.push(part)
    else this.#copy(part)
    this.#length += part.length
  }

  /** All of them. */
  get bytes(): Buffer {
    const first = this.#parts[0]
    // Most often all of it came in one piece, which is given as it is: each view of it costs an allocation.
    if (first?.length === this.#length) return first
    if (first && this.#parts.length === 1) return first.subarray(0, this.#length)
    const whole = Buffer.concat(this.#parts, this.#length)
    this.#parts = this.#length === 0 ? [] : [whole]
    this.#free = 0
    return whole
  }

  /** To be called before waiting for more: releases the large piece of memory of which this is a small rest. */
  compact(): void {
    const first = this.#parts[0]
    if (first && this.#parts.length === 1 && 2 * this.#length < first.buffer.byteLength && this.#free === 0) {
      this.#parts = []
      this.#copy(first)
    }
  }

  clear(): void {
    if (this.#length === 0) return
    this.#parts = []
    this.#free = 0
    this.#length = 0
  }

  #copy(part: Buffer): void {
    for (let done = 0; done < part.length; ) {
      if (this.#free === 0) {
        const size = Math.min(Math.max(this.#length, part.length - done, SMALLEST_BLOCK), LARGEST_BLOCK)
        this.#parts.push(Buffer.allocUnsafeSlow(size))
        this.#free = size
      }
      const block = this.#parts.at(-1) as Buffer
      const copied = part.copy(block, block.length - this.#free, done)
      this.#free -= copied
      done += copied
    }
  }
}
