/**
 * What `luca up` makes of each directive. A directive that is not here is an error, so that none is passed over
 * in silence.
 */
import { type Assignment, UnitError } from './unit-file.ts'

export type Effect =
  /** Does here what it does under systemd. */
  | 'honoured'
  /** Confines a service or gives it another identity; not applied here, which the user learns. */
  | 'isolation'
  /** Watches over a service, or puts it before others, in a way that is not applied here, which the user learns. */
  | 'supervision'
  /** Describes a unit, orders the boot, or is about what is not used here: there is nothing to apply. */
  | 'inert'

interface Directive {
  effect: Effect
  /** The values that can be honoured; any without. */
  only?: readonly string[]
}

const honoured: Directive = { effect: 'honoured' }
const honouredIf = (...only: string[]): Directive => ({ effect: 'honoured', only })
const isolation: Directive = { effect: 'isolation' }
const supervision: Directive = { effect: 'supervision' }
const inert: Directive = { effect: 'inert' }

/** By `Section.Key`. */
export const DIRECTIVES: Readonly<Record<string, Directive>> = {
  'Unit.After': inert,
  'Unit.Description': inert,
  'Unit.PartOf': inert,
  'Unit.StartLimitIntervalSec': honouredIf('0'),
  'Install.WantedBy': inert,

  'Socket.ListenStream': honoured,
  'Socket.SocketMode': honoured,
  'Socket.FileDescriptorName': honoured,
  'Socket.Service': honoured,
  'Socket.Symlinks': honoured,
  'Socket.RemoveOnStop': honouredIf('yes'),
  'Socket.TriggerLimitBurst': honouredIf('0'),
  'Socket.SocketUser': isolation,
  'Socket.SocketGroup': isolation,

  'Service.Type': honouredIf('notify', 'exec', 'simple'),
  'Service.ExecStart': honoured,
  'Service.Environment': honoured,
  'Service.RuntimeDirectory': honoured,
  'Service.StateDirectory': honoured,
  'Service.StateDirectoryMode': honouredIf('0700'),
  'Service.CacheDirectory': honoured,
  'Service.CacheDirectoryMode': honouredIf('0700'),
  'Service.ConfigurationDirectory': honoured,
  'Service.ImportCredential': honoured,
  'Service.LoadCredential': honoured,
  'Service.Restart': honouredIf('on-failure'),
  'Service.RestartSec': honoured,
  'Service.RestartSteps': honoured,
  'Service.RestartMaxDelaySec': honoured,
  'Service.TimeoutStopSec': honoured,
  'Service.WatchdogSec': supervision,
  'Service.Nice': supervision,
  'Service.OOMPolicy': supervision,
  'Service.OOMScoreAdjust': supervision,
  'Service.NotifyAccess': inert,

  'Service.AmbientCapabilities': isolation,
  'Service.BindLogSockets': isolation,
  'Service.BindPaths': isolation,
  'Service.BindReadOnlyPaths': isolation,
  'Service.CapabilityBoundingSet': isolation,
  'Service.DevicePolicy': isolation,
  'Service.DynamicUser': isolation,
  'Service.IPAddressDeny': isolation,
  'Service.InaccessiblePaths': isolation,
  'Service.KeyringMode': isolation,
  'Service.LockPersonality': isolation,
  'Service.MemoryHigh': isolation,
  'Service.MemoryMax': isolation,
  'Service.MemorySwapMax': isolation,
  'Service.NoNewPrivileges': isolation,
  'Service.PrivateDevices': isolation,
  'Service.PrivateNetwork': isolation,
  'Service.PrivateTmp': isolation,
  'Service.PrivateUsers': isolation,
  'Service.ProcSubset': isolation,
  'Service.ProtectClock': isolation,
  'Service.ProtectControlGroups': isolation,
  'Service.ProtectHome': isolation,
  'Service.ProtectHostname': isolation,
  'Service.ProtectKernelLogs': isolation,
  'Service.ProtectKernelModules': isolation,
  'Service.ProtectKernelTunables': isolation,
  'Service.ProtectProc': isolation,
  'Service.ProtectSystem': isolation,
  'Service.ReadWritePaths': isolation,
  'Service.RemoveIPC': isolation,
  'Service.RestrictAddressFamilies': isolation,
  'Service.RestrictNamespaces': isolation,
  'Service.RestrictRealtime': isolation,
  'Service.RestrictSUIDSGID': isolation,
  'Service.RootDirectory': isolation,
  'Service.Slice': isolation,
  'Service.SupplementaryGroups': isolation,
  'Service.SystemCallArchitectures': isolation,
  'Service.SystemCallErrorNumber': isolation,
  'Service.SystemCallFilter': isolation,
  'Service.TasksMax': isolation,
  'Service.TemporaryFileSystem': isolation,
  'Service.UMask': isolation,
  'Service.User': isolation,
}

/** What becomes of an assignment. Throws a UnitError where the directive, or its value, is not known here. */
export function effectOf({ section, key, value, origin }: Assignment): Effect {
  const name = `${section}.${key}`
  const directive = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined
  if (!directive)
    throw new UnitError(`${origin}: "luca up" does not know ${key}= in [${section}]; add it to its table.`)
  if (directive.only && value !== '' && !directive.only.includes(value))
    throw new UnitError(`${origin}: "luca up" can honour ${key}= only as ${directive.only.join(' or ')}.`)
  return directive.effect
}
