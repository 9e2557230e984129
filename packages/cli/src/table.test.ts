import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { formatTable, shorten } from './table.ts'

const columns = [
  { title: 'NAME', value: (row: string[]) => row[0] ?? '' },
  { title: 'N', value: (row: string[]) => row[1] ?? '', isRight: true },
  { title: 'TEXT', value: (row: string[]) => row[2] ?? '', isFlexible: true },
]
const plain = { paintTitle: (title: string) => title }

test('table: wide characters and emoji keep the columns straight', () => {
  const rows = [
    ['日本', '7', 'x'],
    ['👩‍👩‍👧', '123', 'y'],
    ['abc', '1', 'z'],
  ]
  const lines = formatTable(rows, columns, { ...plain, width: 80 })
  const places = lines.map((line) => stringWidth(line.slice(0, line.search(/(TEXT|[xyz])$/))))
  expect(new Set(places).size).toBe(1)
})

test('table: the flexible column gives way, no line is wider than the terminal', () => {
  const lines = formatTable([['abc', '1', 'word '.repeat(50)]], columns, { ...plain, width: 40 })
  expect(lines.every((line) => stringWidth(line) <= 40)).toBe(true)
  expect(lines[1]).toMatch(/…$/)
})

test('shorten: never cuts a character in two', () => {
  expect(shorten('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5)).toBe('👩‍👩‍👧👩‍👩‍👧…')
  expect(shorten('abc', 3)).toBe('abc')
})
