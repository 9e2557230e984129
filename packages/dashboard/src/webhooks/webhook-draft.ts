import type { CreateWebhook, WebhookSignatureScheme } from '@cadre/contract'
import { readPayload } from '../ui/payload-field.tsx'
import { hasTolerance } from './webhook-words.ts'

/** A webhook while it is being written; texts as they stand in their fields. */
export interface WebhookDraft {
  name: string
  /** The version of the workflow; null: the latest at each start. */
  version: string | null
  scheme: WebhookSignatureScheme | 'none'
  secret: string
  tolerance: string
  context: string
}

export const emptyDraft = (version: string | null): WebhookDraft => ({
  name: '',
  version,
  scheme: 'none',
  secret: '',
  tolerance: '',
  context: '',
})

export const toCreateWebhook = (draft: WebhookDraft): CreateWebhook => {
  const context = readPayload({ kind: 'json', text: draft.context })
  const value = context.isValid ? context.value : undefined
  return {
    name: draft.name.trim(),
    ...(draft.scheme === 'none' ? {} : { signature: signatureOf(draft, draft.scheme) }),
    ...(value === undefined ? {} : { context: value as CreateWebhook['context'] }),
  }
}

const signatureOf = (draft: WebhookDraft, scheme: WebhookSignatureScheme) => ({
  scheme,
  ...(draft.secret === '' ? {} : { secret: draft.secret }),
  ...(hasTolerance(scheme) && draft.tolerance.trim() !== ''
    ? { tolerance_seconds: Number(draft.tolerance) }
    : {}),
})
