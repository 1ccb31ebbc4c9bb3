/** Whether the header Accept, as far as clients of MCP use it, takes a media type. Source: RFC 9110, section 12.5.1. */
export const accepts = (header: string | undefined, type: string): boolean =>
  header === undefined ||
  header.includes(type) ||
  header.includes('*/*') ||
  header.includes(`${type.split('/')[0]}/*`)
