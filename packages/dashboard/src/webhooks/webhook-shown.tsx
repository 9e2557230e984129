import type { CreatedWebhook } from '@cadre/contract'
import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Callout } from '../ui/notice.tsx'
import { SecretLine } from '../ui/shown-once.tsx'
import { webhookCurl } from './webhook-curl.ts'

/** The address of a new webhook, its secret where one was made, and how to try it. */
export const WebhookShown = ({
  created: { webhook, path, signing_secret: secret },
  isOwnSecret,
  body,
  onClose,
}: {
  created: CreatedWebhook
  /** The sender's own is known to the sender. */
  isOwnSecret: boolean
  /** An example of what comes in. */
  body: unknown
  onClose: () => void
}) => {
  const address = `${window.location.origin}${path}`
  const signature =
    webhook.signature === null || secret === null
      ? null
      : { scheme: webhook.signature.scheme, secret }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`The webhook ${webhook.name}`}
      dismissedBy="nothing"
      className="max-w-xl"
    >
      <div className="grid gap-4">
        <Callout tone="warn" icon={<KeyRound size={15} className="text-warn" aria-hidden />}>
          This is the only time {secret === null || isOwnSecret ? 'it is' : 'they are'} shown. Cadre
          keeps a hash of the address and cannot tell it again.
        </Callout>
        <Labelled label="Address" note="Whoever knows it can send. Give it to one sender only.">
          <SecretLine value={address} noun="address" />
        </Labelled>
        {secret !== null && !isOwnSecret && (
          <Labelled label="Signing secret" note="The sender signs every message with it.">
            <SecretLine value={secret} noun="signing secret" />
          </Labelled>
        )}
        <Labelled label="Try it" note="Starts a run. Put in the body what the sender sends.">
          <div className="rounded-lg border border-line bg-sunken">
            <CodeBlock text={webhookCurl({ address, body, signature })} label="Example with curl" />
          </div>
        </Labelled>
      </div>
      <div className="mt-5 flex justify-end">
        <Button look="primary" data-initial-focus onClick={onClose}>
          I have kept {secret === null || isOwnSecret ? 'it' : 'them'}
        </Button>
      </div>
    </Dialog>
  )
}

const Labelled = ({
  label,
  note,
  children,
}: {
  label: string
  note: string
  children: ReactNode
}) => (
  <section aria-label={label}>
    <h3 className="mb-1.5 text-sm font-medium">{label}</h3>
    {children}
    <p className="mt-1.5 text-xs text-faint">{note}</p>
  </section>
)
