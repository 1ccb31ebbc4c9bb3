/** A small file system of its own, for what happens at its border and when it is full. */
import { spawnSync } from 'node:child_process'

/** Mounts one of 256 KiB on a folder until it is disposed; undefined where that is not permitted. */
export function mountSmall(folder: string): Disposable | undefined {
  const options = ['-t', 'tmpfs', '-o', 'size=256k,mode=0777', 'tmpfs', folder]
  if (spawnSync('mount', options).status !== 0) return undefined
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', folder]) }
}
