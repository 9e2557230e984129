import type { Resource } from '#features/access/index.ts'
import type { WebhookRecord } from './webhook.ts'

/** A webhook as decisions about access see it. */
export const webhookResource = ({
  id,
  name,
  workflow,
  createdBy,
  isEnabled,
}: Pick<WebhookRecord, 'name' | 'workflow' | 'createdBy' | 'isEnabled'> & {
  id: string
}): Resource<'Webhook'> => ({
  type: 'Webhook',
  id,
  parents: [{ type: 'Workflow', id: workflow.replace(/@.*$/, '') }],
  attributes: { name, owner: createdBy, is_enabled: isEnabled },
})
