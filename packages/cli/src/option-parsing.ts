import { InvalidArgumentError } from 'commander'

/** Gathers a repeatable option. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]

export const integerBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }

export const positiveNumber = (text: string): number => {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** Any date that JavaScript reads, as the API wants it. */
export const timestamp = (text: string): string => {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new InvalidArgumentError('It must be a date such as 2026-07-01 or 2026-07-01T08:30:00Z.')
}
