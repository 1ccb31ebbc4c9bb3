/** Builds of llama.cpp for GPUs that lie beside the programs, and what this machine has for them to compute on. */
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { GpuChoice } from './engine.ts'
import { ModelsFolder } from './folder.ts'

export interface GpuBuild {
  backend: Exclude<GpuChoice, 'auto' | 'off'>
  /** What the kernel's driver has made for cards that it can compute on. */
  devices: readonly string[]
}

/** How a driver calls what programs compute on. */
const DEVICES: Readonly<Record<GpuBuild['backend'], string>> = {
  cuda: '/dev/nvidia[0-9]*',
  vulkan: '/dev/dri/renderD*',
}

/** The builds that are in or above a folder of programs. */
export function gpuBuilds(programs: string): GpuBuild[] {
  const found: GpuBuild[] = []
  for (const backend of ['cuda', 'vulkan'] as const) {
    // What is not needed is an empty package.
    const build = join('node_modules/@node-llama-cpp', `linux-x64-${backend}`, 'bins')
    if (above(programs).some((folder) => existsSync(join(folder, build))))
      found.push({ backend, devices: globSync(DEVICES[backend]).sort() })
  }
  return found
}

const above = (folder: string): string[] =>
  folder === dirname(folder) ? [folder] : [folder, ...above(dirname(folder))]

/**
 * Builds that would be used with what was chosen for a folder of models, and why the processors compute all the same. Throws an
 * Error that names what is wrong with the settings.
 */
export function wantedGpu(
  models: string,
  programs: string,
): { builds: GpuBuild[]; problem: ReturnType<typeof whyNoGpu> } {
  const { gpu } = new ModelsFolder(models).settings()
  const builds = gpuBuilds(programs)
  return { builds: wantedBuilds(gpu, builds), problem: whyNoGpu(gpu, builds) }
}

const wantedBuilds = (choice: GpuChoice, builds: readonly GpuBuild[]): GpuBuild[] =>
  builds.filter(({ backend }) => choice === 'auto' || choice === backend)

/**
 * Why the processors compute although a GPU is wanted, by a choice or by a build for one, and what to do about it. Undefined
 * where none is wanted, or where `found` says whether one is used and it is; without `found` a device counts as one.
 */
export function whyNoGpu(
  choice: GpuChoice,
  builds: readonly GpuBuild[],
  found?: boolean,
): { what: string; advice: string } | undefined {
  if (choice === 'off' || found) return undefined
  const off = '"luca model settings --gpu off" does without, and says no more.'
  const wanted = wantedBuilds(choice, builds)
  if (wanted.length === 0)
    return choice === 'auto'
      ? undefined
      : {
          what: `A GPU is wanted by ${choice}, and there is no build of llama.cpp for it here.`,
          advice: `Build with LLAMA=${choice}, or take "luca model settings --gpu auto".`,
        }
  const names = wanted.map(({ backend }) => backend).join(' and ')
  const devices = wanted.flatMap((build) => build.devices)
  if (devices.length === 0)
    return {
      what: `llama.cpp is here for ${names}, and the kernel drives no card for that: the processors compute.`,
      advice: `Look whether the card is in its slot and "journalctl -k" has a fault of its driver. ${off}`,
    }
  if (found === undefined) return undefined
  return {
    what: `llama.cpp finds no card by ${names} that it can use, though there is ${devices.join(', ')}: the processors compute.`,
    advice: `The card may be too old, or its driver incomplete. ${off}`,
  }
}
