import type { WebhookSignatureScheme } from '@cadre/contract'

export interface WebhookMessage {
  address: string
  /** What the sender sends, as an example. */
  body: unknown
  signature: { scheme: WebhookSignatureScheme; secret: string } | null
}

/** A script for any POSIX shell that sends one message, signed as the webhook asks. */
export const webhookCurl = ({ address, body, signature }: WebhookMessage): string =>
  signature === null
    ? curl(address, [], quoted(JSON.stringify(body)))
    : [
        `body=${quoted(JSON.stringify(body))}`,
        ...SIGNING[signature.scheme](signature.secret),
        curl(address, SIGNED_HEADERS[signature.scheme], '"$body"'),
      ].join('\n')

const curl = (address: string, headers: readonly string[], body: string): string =>
  [
    `curl ${quoted(address)}`,
    `-H 'content-type: application/json'`,
    ...headers.map((header) => `-H "${header}"`),
    `--data-raw ${body}`,
  ].join(' \\\n  ')

const TIME = 'time=$(date +%s)'

/** Sets `signature`, and what else the headers tell. */
const SIGNING: Record<WebhookSignatureScheme, (secret: string) => string[]> = {
  standard: (secret) => [
    TIME,
    'id="example-$time-$$"',
    `key=$(printf %s ${quoted(secret.replace(/^whsec_/, ''))} | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')`,
    `signature=$(printf %s "$id.$time.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)`,
  ],
  github: (secret) => [`signature=$(printf %s "$body" | ${hexDigest(secret)})`],
  stripe: (secret) => [TIME, `signature=$(printf %s "$time.$body" | ${hexDigest(secret)})`],
}

const hexDigest = (secret: string) =>
  `openssl dgst -sha256 -hmac ${quoted(secret)} -r | cut -d' ' -f1`

const SIGNED_HEADERS: Record<WebhookSignatureScheme, readonly string[]> = {
  standard: ['webhook-id: $id', 'webhook-timestamp: $time', 'webhook-signature: v1,$signature'],
  github: ['x-hub-signature-256: sha256=$signature'],
  stripe: ['stripe-signature: t=$time,v1=$signature'],
}

/** One word of a shell, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
