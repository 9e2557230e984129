import { parseNumber } from '../../runtime/numbers'
import { Text } from '../../runtime/text'
import { Column, kindOf, trimView, VALUE_EMPTY, VALUE_TEXT } from './column'
import { CsvReader } from './csv-reader'
import { Figures } from './figures'

const COLUMNS_MAX = 1_000
const RAGGED_LISTED_MAX = 10
/** So many numbers fit beside the rest; columns beyond go without figures. */
const NUMBERS_MAX = 2_500_000

/** Reads a table three times: for its shape, for its values, and for its numbers. */
export class Table {
  rows: i32 = 0
  hasHeader: bool = true
  columns: Column[] = []
  /** By column; null for one that is not numeric. */
  figures: (Figures | null)[] = []
  raggedCount: i32 = 0
  raggedLines: i32[] = []
  private width: i32 = 0

  constructor(private reader: CsvReader) {
    this.measure()
    this.makeColumns()
    this.gatherValues()
    this.gatherNumbers()
  }

  /** The first row decides about the width; it is no header if a value in it is not text. */
  private measure(): void {
    let rows = 0
    while (this.reader.next()) {
      if (rows === 0) {
        if (++this.width > COLUMNS_MAX) throw new Error('The table has more than 1,000 columns.')
        trimView(this.reader.field)
        const kind = kindOf(this.reader.field)
        if (kind !== VALUE_TEXT && kind !== VALUE_EMPTY) this.hasHeader = false
      }
      if (this.reader.isLastOfRow) rows++
    }
    this.rows = this.hasHeader ? rows - 1 : rows
  }

  private makeColumns(): void {
    for (let index = 0; index < this.width; index++) {
      const column = new Column(this.rows)
      column.name = `column ${index + 1}`
      this.columns.push(column)
    }
  }

  private gatherValues(): void {
    this.reader.rewind()
    if (this.hasHeader) this.readHeader()
    let index = 0
    while (this.reader.next()) {
      const line = this.reader.line
      trimView(this.reader.field)
      if (index < this.width) this.columns[index].add(this.reader.field)
      index++
      if (!this.reader.isLastOfRow) continue
      if (index !== this.width) this.noteRagged(line)
      for (; index < this.width; index++) this.columns[index].empty++
      index = 0
    }
  }

  private readHeader(): void {
    for (let index = 0; this.reader.next(); index++) {
      const name = this.reader.field.trim()
      if (name.length > 0) this.columns[index].name = name.truncate(200).toString()
      if (this.reader.isLastOfRow) return
    }
  }

  private noteRagged(line: i32): void {
    this.raggedCount++
    if (this.raggedLines.length < RAGGED_LISTED_MAX) this.raggedLines.push(line)
  }

  private gatherNumbers(): void {
    let room = NUMBERS_MAX
    for (let index = 0; index < this.width; index++) {
      const column = this.columns[index]
      const isKept = column.isNumeric() && column.filled <= room
      if (isKept) room -= column.filled
      this.figures.push(isKept ? new Figures(column.filled) : null)
    }
    if (room === NUMBERS_MAX) return
    this.reader.rewind()
    let index = 0
    let isHeader = this.hasHeader
    while (this.reader.next()) {
      if (!isHeader && index < this.width) this.takeNumber(index, this.reader.field)
      index++
      if (!this.reader.isLastOfRow) continue
      index = 0
      isHeader = false
    }
  }

  private takeNumber(index: i32, field: Text): void {
    const figures = this.figures[index]
    if (figures === null) return
    trimView(field)
    if (field.length > 0) figures.push(parseNumber(field))
  }
}
