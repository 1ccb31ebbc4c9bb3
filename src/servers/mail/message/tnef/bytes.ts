/** Bytes that are read one after the other, little-endian. What is not there ends it with `Ended`. */

/** The bytes end before what they announce. */
export class Ended extends Error {}

export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  uint8(): number {
    return this.take(1).readUInt8()
  }

  uint16(): number {
    return this.take(2).readUInt16LE()
  }

  uint32(): number {
    return this.take(4).readUInt32LE()
  }

  /** A view, no copy. */
  take(length: number): Buffer {
    if (length > this.left) throw new Ended(`${length} bytes are announced, and ${this.left} are left`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** What is filled up to a multiple of four bytes. */
  takePadded(length: number): Buffer {
    const value = this.take(length)
    this.#at = Math.min(this.#bytes.length, this.#at + ((4 - (length % 4)) % 4))
    return value
  }
}
