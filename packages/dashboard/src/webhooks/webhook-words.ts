import type { Webhook, WebhookSignatureScheme } from '@cadre/contract'
import { choiceOf } from '../workflows/workflow-reference.ts'

export const SCHEME_WORDS: Record<WebhookSignatureScheme, string> = {
  standard: 'Standard Webhooks',
  github: 'GitHub',
  stripe: 'Stripe',
}

/** GitHub signs no time, so that the age of a message cannot be told. */
export const hasTolerance = (scheme: WebhookSignatureScheme): boolean => scheme !== 'github'

/** How its messages are known to be the sender's. */
export const signatureWords = ({ signature }: Webhook): string => {
  if (signature === null) return 'The address is enough to send'
  const { scheme, tolerance_seconds: seconds } = signature
  const age = hasTolerance(scheme) ? `, taken for ${seconds} s` : ''
  return `Signed as ${SCHEME_WORDS[scheme]} does${age}`
}

/** `starts the latest version`, or the one that it was made for. */
export const startWords = ({ workflow }: Webhook): string => {
  const { version } = choiceOf(workflow)
  return version === null ? 'starts the latest version' : `starts ${version}, always`
}
