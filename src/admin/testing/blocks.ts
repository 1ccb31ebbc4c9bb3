/** Disks and partitions as lsblk describes them. */

/** A disk of 8 GiB with nothing in it, but for what a test says. */
export const disk = (path: string, more: object = {}) => ({
  path,
  type: 'disk',
  size: 8 * 1024 ** 3,
  model: null,
  fstype: null,
  label: null,
  partlabel: null,
  mountpoints: [null],
  ro: false,
  tran: null,
  ...more,
})

export const part = (path: string, more: object = {}) =>
  disk(path, { type: 'part', size: 1024 ** 3, ...more })

/** A stick with a partition of photos for each label. */
export const stick = (path: string, labels: readonly string[], more: object = {}) =>
  disk(path, {
    model: 'Stick',
    children: labels.map((label, i) => part(`${path}${i + 1}`, { fstype: 'vfat', label })),
    ...more,
  })
