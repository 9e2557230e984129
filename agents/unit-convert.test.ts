import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

const convert = async (value: number, from: string, to: string): Promise<number> =>
  (await resultOf<{ result: number }>('unit-convert', { value, from, to })).result

test('unit-convert: marathon in miles → value, text and both units', async () => {
  expect(await resultOf('unit-convert', { value: 42.195, from: 'km', to: 'miles' })).toEqual({
    result: 26.2187574565,
    text: '42.195 km = 26.2187574565 mi',
    dimension: 'length',
    value: 42.195,
    from: { symbol: 'km', name: 'kilometre' },
    to: { symbol: 'mi', name: 'mile' },
  })
})

test('unit-convert: known pairs → their published values', async () => {
  expect(await convert(37, '°C', '°F')).toBe(98.6)
  expect(await convert(-40, 'celsius', 'Fahrenheit')).toBe(-40)
  expect(await convert(0, 'K', 'C')).toBe(-273.15)
  expect(await convert(1, 'GiB', 'MB')).toBe(1073.741824)
  expect(await convert(1, 'kWh', 'kJ')).toBe(3600)
  expect(await convert(100, 'km/h', 'kn')).toBe(53.9956803456)
  expect(await convert(1, 'mW', 'MW')).toBe(1e-9)
  expect(await convert(6, 'feet', 'inches')).toBe(72)
  expect(await convert(1, 'ATM', 'psi')).toBe(14.6959487755)
})

test('unit-convert: a sentence instead of JSON → understood', async () => {
  expect(await resultOf('unit-convert', ' 5 in in cm\n')).toMatchObject({ result: 12.7 })
  expect(await resultOf('unit-convert', '1.5e3m to km')).toMatchObject({ result: 1.5 })
  expect(await resultOf('unit-convert', '3 US gallons to litres')).toMatchObject({
    result: 11.356235352,
  })
})

test('unit-convert: bad questions → exit 1 and one sentence', async () => {
  const sentenceOf = (input: string) => refusalOf('unit-convert', input)
  expect(await sentenceOf('')).toBe('The input is empty.')
  expect(await sentenceOf('5 kg to m')).toBe(
    'These units cannot be converted: kilogram is a unit of mass, metre is one of length.',
  )
  expect(await sentenceOf('5 parsecs to m')).toBe('"parsecs" is not a unit we know.')
  expect(await sentenceOf('five km to m')).toContain('such as "5 km to mi"')
  expect(await sentenceOf('{"value":"5","from":"m","to":"km"}')).toContain('must be a number')
  expect(await sentenceOf('{"value":1e999,"from":"m","to":"km"}')).toBe('"value" is too large.')
  expect(await sentenceOf('{"value":5,"from":"m"')).toBe(
    'The input is not valid JSON: expected , or }, at line 1, column 22.',
  )
})

test('unit-convert: fail_chance 1 → always fails, 0 → never', async () => {
  const question = { value: 1, from: 'm', to: 'ft' }
  expect(await refusalOf('unit-convert', { ...question, fail_chance: 1 })).toBe(
    'This attempt failed on purpose, as "fail_chance" asks.',
  )
  expect(await resultOf('unit-convert', { ...question, fail_chance: 0 })).toMatchObject({
    result: 3.28083989501,
  })
})

test('unit-convert: there and back → the value one came from', async () => {
  const pairs = [
    ['km', 'mi'],
    ['°C', '°F'],
    ['K', '°R'],
    ['GiB', 'Mbit'],
    ['lb', 'kg'],
    ['psi', 'mmHg'],
  ] as const
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...pairs),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      async ([from, to], value) => {
        const back = await convert(await convert(value, from, to), to, from)
        expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(value)))
      },
    ),
  )
})
