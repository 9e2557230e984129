import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableJson, printableLines } from './printable.ts'

// oxlint-disable-next-line no-control-regex
const COMMANDS_TERMINAL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

const hostileText = fc.string({
  unit: fc.constantFrom(
    'a',
    '\u001b',
    '[',
    '3',
    '1',
    'm',
    ']',
    '0',
    ';',
    '\u0007',
    '\u009b',
    '\n',
    '\u202e',
    '\r',
    '字',
  ),
  maxLength: 60,
})

test('printable: nothing that commands a terminal is left', () => {
  fc.assert(fc.property(hostileText, (text) => !COMMANDS_TERMINAL.test(printable(text))))
})

test('printableLines: lines stay, commands go', () => {
  expect(printableLines('a\r\n\tb\u001b[2J\u0008c\rd\n')).toBe('a\n\tbcd\n')
})

test('printableJson: the same value, without raw control characters', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const json = printableJson({ text })
      expect(json).not.toMatch(COMMANDS_TERMINAL)
      expect(JSON.parse(json)).toEqual({ text })
    }),
  )
})
