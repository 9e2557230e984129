import stringWidth from 'string-width'
import { printable } from './printable.ts'

export interface Column<Row> {
  title: string
  value: (row: Row) => string
  /** Colours the padded cell. */
  paint?: (cell: string, row: Row) => string
  isRight?: boolean
  /** Takes what the others leave, and is shortened where that is too little. */
  isFlexible?: boolean
}

const GAP = '  '
const FLEXIBLE_WIDTH_MIN = 12

/** Lines of aligned columns, by the width that characters take on a terminal. */
export const formatTable = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, paintTitle }: { width: number; paintTitle: (title: string) => string },
): string[] => {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const widths = fit(
    columns.map((column, index) =>
      Math.max(stringWidth(column.title), ...cells.map((line) => stringWidth(line[index] ?? ''))),
    ),
    columns,
    width,
  )
  const layOut = (texts: string[], paint: (cell: string, index: number) => string) =>
    texts
      .map((text, index) => {
        const isLast = index === columns.length - 1
        return paint(pad(text, widths[index] ?? 0, columns[index]?.isRight, isLast), index)
      })
      .join(GAP)
      .trimEnd()
  const titles = layOut(
    columns.map((column) => column.title),
    paintTitle,
  )
  const lines = rows.map((row, index) =>
    layOut(cells[index] ?? [], (cell, column) => columns[column]?.paint?.(cell, row) ?? cell),
  )
  return [titles, ...lines]
}

const fit = (
  widths: number[],
  columns: readonly { isFlexible?: boolean }[],
  total: number,
): number[] => {
  const used = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1))
  const excess = used - total
  return widths.map((width, index) =>
    columns[index]?.isFlexible && excess > 0
      ? Math.max(Math.min(FLEXIBLE_WIDTH_MIN, width), width - excess)
      : width,
  )
}

const pad = (text: string, width: number, isRight = false, isLast = false): string => {
  const shortened = shorten(text, width)
  const space = ' '.repeat(Math.max(0, width - stringWidth(shortened)))
  if (isRight) return space + shortened
  return isLast ? shortened : shortened + space
}

const segmenter = new Intl.Segmenter()

/** Cuts between characters as people see them, and says so with an ellipsis. */
export const shorten = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let keptWidth = 0
  for (const { segment } of segmenter.segment(text)) {
    keptWidth += stringWidth(segment)
    if (keptWidth > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
