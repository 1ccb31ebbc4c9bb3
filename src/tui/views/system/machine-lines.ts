/** How the machine is reached, and how full it is. */

import { formatDuration } from '../../../command/durations.ts'
import { formatSize } from '../../../command/sizes.ts'
import { mcpUrl } from '../../../host/reached-as.ts'
import type { Area } from '../../model/view.ts'
import { widthOf } from '../../text/cells.ts'
import { EMPTY, fit, type Line, line, paragraph, span, styled } from '../../text/lines.ts'
import type { SystemState } from './model.ts'
import { shown, when } from './texts.ts'

const LABEL = 12

const row = (name: string, ...parts: Line['spans']): Line => ({
  spans: [...fit(styled(name, 'dim'), LABEL - 1).spans, span(' '), ...parts],
})

/** Lines of a text beside its label. */
const beside = (name: string, lines: readonly Line[]): Line[] =>
  lines.map(({ spans }, i) => row(i === 0 ? name : '', ...spans))

export function machine(state: SystemState, area: Area): Line[] {
  const listening = state.status.is === 'known' ? state.status.value.listening : undefined
  const https = listening?.find(({ protocol }) => protocol === 'https')
  const facts = when(state.machine, area, ({ name, addresses, disk, memory, withoutGpu, uptimeSeconds }) => [
    row('name', span(name, 'strong'), span(`  up ${formatDuration(uptimeSeconds)}`, 'dim')),
    ...when(state.status, area, () => [
      ...(listening === undefined ? [row('address', span(shown(undefined)))] : []),
      ...(https ? onNetworks(addresses, area) : []),
      ...(listening ?? [])
        .filter(({ protocol }) => protocol === 'http')
        .map((one) =>
          row(
            https ? '' : 'address',
            span(`http://${one.address}:${one.port}/mcp`, 'link'),
            span('  this machine only', 'dim'),
          ),
        ),
    ]),
    row('memory', ...used(memory.size - memory.free, memory.size)),
    ...(disk ? [row('disk', ...used(disk.size - disk.free, disk.size))] : []),
    ...(withoutGpu === undefined
      ? []
      : beside('gpu', paragraph(withoutGpu, area.columns - LABEL, 'warning'))),
  ])
  const disks = state.disks.is === 'known' ? state.disks.value : undefined
  return [
    ...facts,
    ...(https ? ca(state, area) : []),
    ...(disks ? [EMPTY, ...disks.map((one) => row(one.path, ...used(one.used, one.size)))] : []),
  ]
}

/** What is too long to stand beside its label has a line of its own: an address that is cut is none. */
function onNetworks(addresses: readonly string[], { columns }: Area): Line[] {
  if (addresses.length === 0)
    return [row('address', span('no network yet: plug in a cable, or "wifi join NAME"', 'warning'))]
  return addresses.map((address, i) => {
    const url = mcpUrl(address)
    const label = i === 0 ? 'address' : ''
    return widthOf(url) + LABEL <= columns
      ? row(label, span(url, 'link'))
      : line(span('  '), span(url, 'link'))
  })
}

/** The fingerprint of what devices have to trust. */
const ca = (state: SystemState, area: Area): Line[] =>
  when(state.ca, area, ({ fingerprint }) => {
    if (fingerprint === null) return [row('CA', span('none yet', 'dim'))]
    const half = 48
    return [row('CA', span(fingerprint.slice(0, half))), row('', span(fingerprint.slice(half)))]
  })

/** A share as a bar of so many cells. */
function gauge(share: number, width: number): Line {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  const role = share > 0.95 ? 'error' : share > 0.85 ? 'warning' : 'ok'
  return line(span('█'.repeat(full), role), span('░'.repeat(width - full), 'border'))
}

const used = (amount: number, size: number): Line['spans'] => [
  ...gauge(size === 0 ? 0 : amount / size, 20).spans,
  span(`  ${formatSize(amount)} of ${formatSize(size)}`),
]
