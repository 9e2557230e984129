import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { WebhookSignatureScheme } from '@cadre/contract'
import { signatureRefused } from './webhook-errors.ts'

/** A message as it came in. */
export interface Delivery {
  /** Value of a header, whatever the case of its name. */
  header: (name: string) => string | undefined
  /** Exactly what was signed. */
  body: string
  /** The same as JSON. */
  value: unknown
}

export interface SignatureRule {
  scheme: WebhookSignatureScheme
  secret: string
  toleranceSeconds: number
}

/**
 * Checks the signature of a delivery and, where its time is signed, that it is not too old.
 * Answers what tells this delivery from others and cannot be forged; null where the scheme signs
 * nothing of the kind.
 * @throws AppError 401
 */
export const verifySignature = (
  delivery: Delivery,
  { scheme, secret, toleranceSeconds }: SignatureRule,
  now: Date,
): string | null => {
  const { header, body } = delivery
  if (scheme === 'github') {
    const given = required(header('x-hub-signature-256'), 'X-Hub-Signature-256')
    requireMatch([given.replace(/^sha256=/, '')], mac(secret, body).toString('hex'))
    return null
  }
  if (scheme === 'stripe') {
    const { time, signatures } = stripeParts(
      required(header('stripe-signature'), 'Stripe-Signature'),
    )
    requireMatch(signatures, mac(secret, `${time}.${body}`).toString('hex'))
    requireRecent(time, toleranceSeconds, now)
    return eventIdOf(delivery.value) ?? hash('sha256', `${time}.${body}`)
  }
  const id = required(header('webhook-id'), 'webhook-id')
  const time = required(header('webhook-timestamp'), 'webhook-timestamp')
  const signatures = required(header('webhook-signature'), 'webhook-signature')
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = mac(key, `${id}.${time}.${body}`).toString('base64')
  requireMatch(
    signatures.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : [])),
    expected,
  )
  requireRecent(time, toleranceSeconds, now)
  return id
}

const mac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

const required = (value: string | undefined, name: string): string => {
  if (value !== undefined && value !== '') return value
  throw signatureRefused(`The header ${name} is missing.`)
}

/** While a sender changes its secret it signs with both, so that one match is enough. */
const requireMatch = (given: readonly string[], expected: string): void => {
  if (given.slice(0, SIGNATURES_MAX).some((one) => isSame(one, expected))) return
  throw signatureRefused('The signature does not match the body.')
}
const SIGNATURES_MAX = 10

/** Takes as long for a wrong first sign as for a wrong last one. */
const isSame = (left: string, right: string): boolean =>
  timingSafeEqual(
    Buffer.from(hash('sha256', left), 'hex'),
    Buffer.from(hash('sha256', right), 'hex'),
  )

const requireRecent = (time: string, toleranceSeconds: number, now: Date): void => {
  const seconds = /^\d{1,12}$/.test(time) ? Number(time) : Number.NaN
  if (Math.abs(now.getTime() / 1_000 - seconds) <= toleranceSeconds) return
  throw signatureRefused(`The message was not signed within the last ${toleranceSeconds} seconds.`)
}

/** The event's own id: when it is sent again, only the time is another. */
const eventIdOf = (value: unknown): string | null => {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return typeof id === 'string' && id !== '' ? id : null
}

/** `t=1782894600,v1=5257a8…,v1=…` */
const stripeParts = (text: string): { time: string; signatures: string[] } => {
  const parts = text.split(',').map((part) => part.trim().split('=', 2))
  const valuesOf = (name: string) =>
    parts.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []))
  return { time: valuesOf('t')[0] ?? '', signatures: valuesOf('v1') }
}
