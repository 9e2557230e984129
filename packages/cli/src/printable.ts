import { stripVTControlCharacters } from 'node:util'

/** Direction marks can make a text read as another one than it is. */
const DIRECTION_MARKS = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069'
const CONTROL_CHARACTERS = new RegExp(`[\\p{Cc}${DIRECTION_MARKS}]`, 'gu')
const CONTROL_BUT_LINES = new RegExp(`(?![\\n\\t])[\\p{Cc}${DIRECTION_MARKS}]`, 'gu')
const JSON_UNPRINTABLE = new RegExp(`[\\u007f-\\u009f\\u2028\\u2029${DIRECTION_MARKS}]`, 'gu')

/** One line that cannot command the terminal: names, titles and errors come from strangers. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(CONTROL_CHARACTERS, '')

/** The same for a text of several lines, such as a program's output on a terminal. */
export const printableLines = (text: string): string =>
  stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(CONTROL_BUT_LINES, '')

/** JSON that is safe on a terminal, and still the same JSON. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    JSON_UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
