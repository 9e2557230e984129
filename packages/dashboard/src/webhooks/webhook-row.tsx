import type { Webhook } from '@cadre/contract'
import { Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { useAction } from '../api/use-action.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { Ago } from '../ui/time.tsx'
import { WEBHOOKS } from './use-webhooks.ts'
import { SCHEME_WORDS, signatureWords, startWords } from './webhook-words.ts'

/** One webhook: who sends, how the messages are known to be theirs, what they start. */
export const WebhookRow = ({ webhook }: { webhook: Webhook }) => {
  const may = useMay()
  const { signature } = webhook
  return (
    <li
      data-row
      tabIndex={-1}
      aria-label={webhook.name}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 -outline-offset-2"
    >
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 text-sm font-medium">
          <span className="max-w-full min-w-0 truncate" title={webhook.name}>
            {webhook.name}
          </span>
          <span title={signatureWords(webhook)}>
            <Badge tone={signature === null ? 'neutral' : 'accent'}>
              {signature === null ? 'Not signed' : SCHEME_WORDS[signature.scheme]}
            </Badge>
          </span>
          {!webhook.is_enabled && <Badge tone="warn">Disabled</Badge>}
        </p>
        <p className="mt-1 text-xs wrap-anywhere text-muted">
          {startWords(webhook)} · made by {webhook.created_by_name} <Ago at={webhook.created_at} />
        </p>
      </div>
      {may('webhook.manage') && <WebhookActions webhook={webhook} />}
      <MappedContext context={webhook.context} />
    </li>
  )
}

const MappedContext = ({ context }: Pick<Webhook, 'context'>) =>
  context === null ? (
    <p className="w-full text-xs text-faint">The body is the context as it is.</p>
  ) : (
    <details className="w-full rounded-lg border border-line bg-sunken">
      <summary className="px-3 py-1.5 text-xs text-muted">Context made from the body</summary>
      <CodeBlock
        text={prettyJson(context)}
        label="Context made from the body"
        className="max-h-60 pt-1.5!"
      />
    </details>
  )

const WebhookActions = ({ webhook }: { webhook: Webhook }) => {
  const [isDeleting, setDeleting] = useState(false)
  const { id, name, is_enabled: isEnabled } = webhook
  const toggle = useAction(() => api.webhooks.change(id, { is_enabled: !isEnabled }), {
    done: `${name} ${isEnabled ? 'disabled' : 'enabled'}`,
    touches: [WEBHOOKS],
  })
  return (
    <div className="flex gap-2 max-sm:order-last">
      <Button
        isBusy={toggle.isPending}
        onClick={() => toggle.mutate()}
        aria-label={`${isEnabled ? 'Disable' : 'Enable'} ${name}`}
        className="w-25"
      >
        <Power size={14} aria-hidden />
        {isEnabled ? 'Disable' : 'Enable'}
      </Button>
      <MoreMenu label={`More about ${name}`} isFramed>
        <MenuItem onSelect={() => setDeleting(true)}>
          <Trash2 size={14} aria-hidden /> Delete webhook
        </MenuItem>
      </MoreMenu>
      {isDeleting && <DeleteDialog webhook={webhook} onClose={() => setDeleting(false)} />}
    </div>
  )
}

const DeleteDialog = ({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) => (
  <ConfirmedAction
    title={`Delete ${webhook.name}?`}
    confirmLabel="Delete webhook"
    dismissLabel="Keep it"
    act={() => api.webhooks.remove(webhook.id)}
    done={`${webhook.name} deleted`}
    touches={[WEBHOOKS]}
    onClose={onClose}
  >
    Its address is unknown from then on, and whoever sends there is refused. Runs that it started go
    on. This cannot be undone.
  </ConfirmedAction>
)
