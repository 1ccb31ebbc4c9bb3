/** Emails with names of files, and packages of Outlook, as they come. */
import { type Awkward, multipart, parts, plain } from './awkward-parts.ts'
import { attachedMessage, property, tnef } from './tnef.ts'

const INVOICE = { title: 'Rechnung.pdf', data: 'pdf' }
const packed = (message: Parameters<typeof tnef>[0]): string[] => [
  'Content-Type: application/ms-tnef; name=winmail.dat',
  'Content-Transfer-Encoding: base64',
  '',
  tnef(message).toString('base64').replace(/.{76}/g, '$&\r\n'),
]

const named = (name: string, type = 'Content-Type: application/pdf') => [
  `${type}; name="${name}"`,
  `Content-Disposition: attachment; filename="${name}"`,
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
]
export const ATTACHED: readonly Awkward[] = [
  {
    name: 'names of files in bytes that no charset is said of',
    headers: [multipart('mixed', 'm')],
    body: parts(
      'm',
      plain('See.'),
      named('Pr\xfcfung.pdf'),
      named('\xc3\x9cbergabe.pdf'),
      named('plain.pdf'),
    ),
    text: 'See.',
    attachments: ['Prüfung.pdf', 'Übergabe.pdf', 'plain.pdf'],
  },
  {
    name: 'a name in the bytes of the charset that its text has',
    headers: [multipart('mixed', 'm')],
    body: parts(
      'm',
      ['Content-Type: text/plain; charset=koi8-r', 'Content-Transfer-Encoding: 8bit', '', '\xf3\xce\xc5\xc7'],
      named('\xf3\xcf\xc2\xc1\xcb\xc1 \\"A\\".pdf'),
    ),
    text: 'Снег',
    attachments: ['Собака "A".pdf'],
  },
  {
    name: 'a name in bytes where it is a file and nothing else',
    headers: named('Gr\xfc\xdfe.pdf').slice(0, 3),
    body: ['AAAA'],
    text: '',
    attachments: ['Grüße.pdf'],
  },
  {
    name: 'a package of Outlook beside its text',
    headers: [multipart('mixed', 'm')],
    body: parts('m', plain('See the file.'), packed({ body: 'See the file.', files: [INVOICE] })),
    text: 'See the file.',
    remarks: [
      'Its winmail.dat is a package that Outlook makes (TNEF). In it lies: Rechnung.pdf (3 bytes). Each is read as an attachment, by its name.',
    ],
    attachments: ['winmail.dat'],
  },
  {
    name: 'a package of Outlook and nothing else',
    headers: packed({ body: 'All of it.', files: [] }).slice(0, 2),
    body: packed({ body: 'All of it.', files: [] }).slice(3),
    text: 'All of it.',
    remarks: ['Its winmail.dat is a package that Outlook makes (TNEF). No file was found in it.'],
  },
  {
    name: 'a package of Outlook in which a message lies',
    headers: [multipart('mixed', 'm')],
    body: parts(
      'm',
      plain('See below.'),
      packed({
        body: 'See below.',
        files: [
          {
            data: '',
            properties: [
              attachedMessage({ properties: [property(0x37, 'Übergabe')], body: 'The keys are here.' }),
            ],
          },
        ],
      }),
    ),
    text: 'See below.\n\n--- A message within this one ---\nSubject: Übergabe\nFrom: \nTo: \n\nThe keys are here.',
    remarks: ['Its winmail.dat is a package that Outlook makes (TNEF). The emails within it are read here.'],
  },
  {
    name: 'a package of Outlook that is damaged',
    headers: [multipart('mixed', 'm')],
    body: parts('m', plain('See the file.'), [
      'Content-Type: application/ms-tnef; name=winmail.dat',
      '',
      'x',
    ]),
    text: 'See the file.',
    remarks: [
      'Its winmail.dat is a package that Outlook makes (TNEF). No file was found in it.',
      'The winmail.dat is damaged: what is told of it may be wrong, or not all.',
    ],
  },
]
