import type { Workflow } from '@cadre/contract'
import { Plus, Webhook as WebhookIcon } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { ListTitle } from '../ui/list-title.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { NewWebhookDialog } from './new-webhook-dialog.tsx'
import { useWebhooks } from './use-webhooks.ts'
import { WebhookRow } from './webhook-row.tsx'

/** Addresses at which others start a workflow. */
export const WebhooksTab = ({
  workflow,
  isLatest,
}: {
  workflow: Workflow
  /** Whether the page shows the latest version, whichever that is. */
  isLatest: boolean
}) => {
  const [isCreating, setCreating] = useState(false)
  const may = useMay()
  const webhooks = useWebhooks(workflow.name)
  return (
    <section aria-label="Webhooks">
      <ListTitle title="Webhooks" note="Addresses at which others start this workflow">
        {may('webhook.manage') && may('run.start') && (
          <Button onClick={() => setCreating(true)}>
            <Plus size={14} aria-hidden /> New webhook
          </Button>
        )}
      </ListTitle>
      <ListFrame
        label="webhooks"
        list={webhooks}
        items={webhooks.items}
        className="min-h-33"
        skeleton={<SkeletonRows className="h-16.5" count={2} />}
        empty={
          <EmptyState icon={WebhookIcon} title="No webhooks">
            A webhook is an address of its own for one sender. What is posted there starts a run.
          </EmptyState>
        }
      >
        {(webhook) => <WebhookRow key={webhook.id} webhook={webhook} />}
      </ListFrame>
      {isCreating && (
        <NewWebhookDialog
          workflow={workflow}
          version={isLatest ? null : workflow.version}
          onClose={() => setCreating(false)}
        />
      )}
    </section>
  )
}
