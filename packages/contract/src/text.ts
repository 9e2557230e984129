import { z } from 'zod'

/** PostgreSQL text cannot hold U+0000, and no name needs it. */
const withoutNul = (text: string) => !text.includes('\u0000')
const isWellFormed = (text: string) => text.isWellFormed()

/** A string of `max` UTF-16 units at the most that every store can hold. */
export const boundedText = (max: number, min = 0) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine(withoutNul, 'must not contain the character U+0000')
    .refine(isWellFormed, 'must be well-formed Unicode (no lone surrogates)')

const FIRST_INSTANT_MS = Date.parse('0001-01-01T00:00:00Z')
const LAST_INSTANT_MS = Date.parse('9999-01-01T00:00:00Z')

/** ISO 8601 date-time with an offset, such as `2026-07-01T08:30:00Z`, of the years 1 to 9998. */
export const Timestamp = z.iso
  .datetime({ offset: true })
  .refine((text) => {
    const instant = Date.parse(text)
    const isNoDate = Number.isNaN(instant) // Said by the check of the format already.
    return isNoDate || (instant >= FIRST_INSTANT_MS && instant < LAST_INSTANT_MS)
  }, 'must be of the years 1 to 9998')
  .meta({ description: 'ISO 8601 date-time', format: 'date-time' })

/** Any JSON value. Depth and size are bounded where the body is read. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export const Json = z.unknown().meta({ description: 'Any JSON value' }) as unknown as z.ZodType<
  Json,
  Json
>

/** Decimal amount as text, so that no cent is lost to floating point. */
export const Money = z
  .string()
  .regex(/^\d{1,32}(\.\d{1,6})?$/, 'must be a decimal such as "0.25"')
  .meta({ description: 'Amount in US dollars, six decimals at the most', example: '0.002500' })

/** A single amount; sums may be greater. */
const MoneyText = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a decimal below 1,000,000,000 such as "0.25"')
  .meta({ description: 'Amount in US dollars, six decimals at the most', example: '0.002500' })

/** Accepts a number or decimal text where people write amounts; gives text with six decimals. */
export const MoneyInput = z.union([
  MoneyText.transform((amount) => {
    const [dollars = '', fraction = ''] = amount.split('.')
    return `${BigInt(dollars)}.${fraction.padEnd(6, '0')}`
  }),
  z
    .number()
    .min(0)
    .max(999_999_999)
    .transform((amount) => amount.toFixed(6)),
])
