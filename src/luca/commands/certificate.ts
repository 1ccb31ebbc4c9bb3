import { askHelper } from '../../command/admin-helper.ts'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'
import type { CertificateInfo } from '../../contracts/admin-results.ts'
import { wholeIn } from '../../protocol/values.ts'

export const certificate: Command = {
  name: 'certificate',
  summary: 'make the certificate for HTTPS, and show the CA that devices need to trust',
  details:
    'A CA of this machine signs the certificate. It is made once; a device that trusts it trusts ' +
    'every later certificate too. "luca certificate show --ca" prints it.',
  appliance: true,
  verbs: {
    make: { usage: '', summary: 'make one, for all names of this machine' },
    show: { usage: '', summary: 'show its names, its expiry and who signed it' },
  },
  options: {
    name: {
      value: 'NAME',
      multiple: true,
      verbs: ['make'],
      description: 'another host name or address; repeat it for more',
    },
    days: {
      value: 'DAYS',
      verbs: ['make'],
      description: 'how many days it is valid; at most 397, the default',
    },
    ca: { verbs: ['show'], description: "print the CA's certificate alone, in PEM" },
  },
  run: (input, context) => (input.verb === 'make' ? make(input, context) : show(input, context)),
}

async function make(input: Input, context: Context): Promise<Outcome> {
  const said = input.text('days')
  const days = wholeIn(said, 0, 999)
  if (said !== undefined && days === undefined)
    throw misuse(certificate, `"${said}" is no number of days`, 'make')
  const params = {
    ...(input.flag('name') ? { names: [...input.list('name')] } : {}),
    ...(days === undefined ? {} : { days }),
  }
  describe(await askHelper(context, 'certificate/make', params, 'making the certificate'), context)
  return 'ok'
}

async function show(input: Input, context: Context): Promise<Outcome> {
  const info = await askHelper(context, 'certificate/show', {}, 'asking for the certificate')
  if (!input.flag('ca')) describe(info, context)
  else if (!info.ca) throw new CliError('failed', 'There is no CA yet; "luca certificate make" makes it.')
  else if (context.json) writeJson(context.io, { ca: info.ca })
  else context.io.stdout.write(info.ca.pem)
  return 'ok'
}

function describe(info: CertificateInfo, { io, json }: Context): void {
  if (json) {
    writeJson(io, info)
    return
  }
  const { certificate: own, ca } = info
  if (!own || !ca) {
    writeLine(io.stdout, 'There is none yet; "luca certificate make" makes one.')
    return
  }
  writeLine(io.stdout, `for ${visible(own.names.join(', '))}`)
  writeLine(io.stdout, `until ${own.expiresAt.slice(0, 10)}`)
  writeLine(io.stdout, `CA ${ca.fingerprint} (SHA-256), until ${ca.expiresAt.slice(0, 10)}`)
}
