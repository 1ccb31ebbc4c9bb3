/** What finds the nearest vectors: which ones there are, loaded when they are asked for. */
import type { VectorDriver } from './vector-index.ts'

export const VECTOR_DRIVERS = ['usearch', 'faiss'] as const
export type VectorDriverName = (typeof VECTOR_DRIVERS)[number]

/** Rejects, with what to do, where it can't be had here. */
export async function openVectorDriver(name: VectorDriverName): Promise<VectorDriver> {
  if (name === 'faiss') return (await import('./faiss.ts')).loadFaiss()
  return (await import('./usearch.ts')).usearch
}

/** The one that made what was saved under its name; undefined where there is none of that name here. */
export async function vectorDriverOf(saved: string): Promise<VectorDriver | undefined> {
  const name = VECTOR_DRIVERS.find((one) => saved.startsWith(`${one}-`))
  const driver = name && (await openVectorDriver(name).catch(() => undefined))
  return driver?.name === saved ? driver : undefined
}
