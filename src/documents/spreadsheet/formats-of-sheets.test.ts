import { documentContract } from '../testing/document.contract.ts'
import { sample } from '../testing/told.ts'

documentContract(
  (
    [
      ['openpyxl.xlsx', 'xlsx', 4, 'Müller'],
      ['libreoffice.xlsx', 'xlsx', 4, 'Pays late.'],
      ['xlsxwriter-macros.xlsm', 'xlsx', 1, 'beside macros'],
      ['libreoffice.ods', 'ods', 4, 'Straße'],
    ] as const
  ).map(([name, format, count, says]) => ({
    name,
    bytes: sample(name),
    format,
    parts: { kind: 'sheet', count },
    says,
  })),
)
