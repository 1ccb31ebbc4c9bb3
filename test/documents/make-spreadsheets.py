"""Makes the workbooks in this folder: run it in a folder of its own, then LibreOffice and Gnumeric as README.md says."""
import datetime as d
import io
import openpyxl, xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table

def openpyxl_made():
    book = openpyxl.Workbook()
    book.properties.title = 'Sales of the year'
    book.properties.language = 'en-GB'
    sheet = book.active
    sheet.title = 'Sales & more'
    sheet.append(['Sales 2024'])
    sheet.append([])
    sheet.append(['Day', 'Customer', 'Amount', 'Share', 'Paid', 'Time', 'Hours', 'Note'])
    sheet.append([d.date(2024, 2, 29), 'Müller', 1234.5, 0.125, True, d.time(14, 30), d.timedelta(hours=26, minutes=5), 'first\nsecond line'])
    sheet.append([d.datetime(1999, 12, 31, 23, 59, 58), 'Straße 7 😀', -0.5, 1, False, d.time(0, 0, 1), d.timedelta(minutes=3), None])
    sheet['C4'].number_format = '#,##0.00 "€"'
    sheet['C5'].number_format = '[$$-409]#,##0.00;[RED]-[$$-409]#,##0.00'
    sheet['D4'].number_format = '0.0%'
    sheet['D5'].number_format = '0%'
    sheet['A7'] = '=SUM(C4:C5)'
    sheet['B7'] = 7
    sheet['B7'].number_format = '00000'
    sheet['C7'] = '#DIV/0!'
    sheet['B4'].comment = Comment('Pays late.', 'Ada')
    sheet['B5'].hyperlink = 'https://example.org/'
    sheet.merge_cells('D7:F7')
    sheet['D7'] = 'merged'
    sheet.row_dimensions[5].hidden = True
    secret = book.create_sheet('Secret')
    secret.sheet_state = 'veryHidden'
    secret['XFD1048576'] = 'the last cell'
    empty = book.create_sheet('Empty')
    tables = book.create_sheet('Tables')
    for row in [['x'], [], [None, 'Town', 'People'], [None, 'Paris', 2102650], [None, 'Rome', 2748109]]:
        tables.append(row)
    tables.add_table(Table(displayName='Towns', ref='B3:C5'))
    book.save('openpyxl.xlsx')

    mac = openpyxl.Workbook()
    mac.epoch = CALENDAR_MAC_1904
    mac.active['A1'] = d.date(1904, 1, 2)
    mac.active['B1'] = d.datetime(2024, 3, 1, 6, 0)
    mac.save('openpyxl-1904.xlsx')

def xlsxwriter_made():
    book = xlsxwriter.Workbook('xlsxwriter.xlsx')
    book.set_properties({'title': 'Rich'})
    sheet = book.add_worksheet('Rich text')
    bold = book.add_format({'bold': True})
    sheet.write_rich_string('A1', 'some ', bold, 'bold', ' words')
    sheet.write_formula('B1', '=1+1', None, 2)
    sheet.write_formula('C1', '="a"&"b"', None, 'ab')
    sheet.write_formula('D1', '=1/0', None, '#DIV/0!')
    sheet.write_boolean('E1', True)
    sheet.write_datetime('F1', d.datetime(2024, 3, 1, 9, 15), book.add_format({'num_format': 'dd/mm/yy hh:mm'}))
    sheet.write_url('A3', 'https://example.org/page', string='a link')
    sheet.write_comment('A3', 'about the link', {'author': 'Bob'})
    sheet.write_number('B3', 45352, book.add_format({'num_format': 14}))
    sheet.write_number('C3', 1e21)
    sheet.write_number('D3', 0.1 + 0.2)
    book.add_chartsheet('Chart')
    hidden = book.add_worksheet('Hidden')
    hidden.hide()
    hidden.write('A1', 'found me')
    book.close()

    plain = xlsxwriter.Workbook('xlsxwriter-inline.xlsx', {'constant_memory': True, 'strings_to_numbers': False, 'date_1904': True})
    sheet = plain.add_worksheet()
    sheet.write_row(0, 0, ['inline', ' strings ', 'x\x01y'])
    sheet.write_datetime(1, 0, d.datetime(2024, 2, 29), plain.add_format({'num_format': 'yyyy-mm-dd'}))
    plain.close()

    macros = xlsxwriter.Workbook('xlsxwriter-macros.xlsm')
    macros.add_worksheet('Data').write('A1', 'beside macros')
    macros.add_vba_project(io.BytesIO(b'no real macros'), True)
    macros.close()

openpyxl_made()
xlsxwriter_made()
