/**
 * What a text of a format of JSON Schema looks like; other formats are remarks, as the standard has it. Each is what
 * RFC 3339, 5321, 1123, 4291, 4122 and 3986 have, without their rarest ways to write it.
 */

const LEAP_YEAR = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)`
const DATE = String.raw`(?:${LEAP_YEAR}-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])))`
const OFFSET = String.raw`(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)`
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?${OFFSET}`
const SOME = String.raw`\d{1,6}`
const DAYS = `(?:${SOME}Y(?:${SOME}M)?(?:${SOME}D)?|${SOME}M(?:${SOME}D)?|${SOME}D)`
const HOURS = `T(?:${SOME}H(?:${SOME}M)?(?:${SOME}S)?|${SOME}M(?:${SOME}S)?|${SOME}S)`
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,40}[A-Za-z0-9])?'
const HOST = String.raw`${LABEL}(?:\.${LABEL}){0,4}`
/** Of an address, whose last part is no number. */
const NAMED_HOST = String.raw`(?:${LABEL}\.){0,4}[A-Za-z](?:[A-Za-z0-9-]{0,40}[A-Za-z0-9])?`
const BYTE = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
const H16 = '[0-9A-Fa-f]{1,4}'
const IN_PATH = String.raw`[A-Za-z0-9\-._~!$&'()*+,;=:@]`
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"

export const FORMATS: Readonly<Record<string, string>> = {
  date: `^${DATE}$`,
  time: `^${TIME}$`,
  'date-time': `^${DATE}T${TIME}$`,
  duration: `^P(?:${DAYS}(?:${HOURS})?|${HOURS}|${SOME}W)$`,
  email: String.raw`^${ATOM}(?:\.${ATOM}){0,2}@(?:${LABEL}\.){1,4}[A-Za-z]{2,20}$`,
  hostname: `^${HOST}$`,
  ipv4: String.raw`^(?:${BYTE}\.){3}${BYTE}$`,
  ipv6: `^(?:(?:${H16}:){7}${H16}|(?:${H16}:){1,7}:|(?:${H16}:){1,6}:${H16}|(?:${H16}:){1,5}(?::${H16}){1,2}|(?:${H16}:){1,4}(?::${H16}){1,3}|(?:${H16}:){1,3}(?::${H16}){1,4}|(?:${H16}:){1,2}(?::${H16}){1,5}|${H16}:(?::${H16}){1,6}|:(?:(?::${H16}){1,7}|:))$`,
  uuid: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[1-8][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$',
  uri: String.raw`^(?:[a-z][a-z0-9+.\-]{1,14}://${NAMED_HOST}(?::[1-9]\d{0,3})?(?:/${IN_PATH}*)*(?:\?${IN_PATH}*)?(?:#${IN_PATH}*)?|(?:mailto|tel|urn):${IN_PATH}+)$`,
}
