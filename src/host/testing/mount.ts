/** A small file system of its own, for what happens at its border and when it is full. */
import { spawnSync } from 'node:child_process'

/** Mounts one of 256 KiB on a folder until it is disposed; undefined where that is not permitted. */
export function mountSmall(folder: string, type = 'tmpfs', more = ''): Disposable | undefined {
  const options = ['-t', type, '-o', `size=256k,mode=0777${more}`, type, folder]
  if (spawnSync('mount', options).status !== 0) return undefined
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', folder]) }
}
