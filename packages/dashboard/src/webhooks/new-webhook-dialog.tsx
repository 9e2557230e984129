import type { Workflow, WebhookSignatureScheme } from '@cadre/contract'
import { useState } from 'react'
import { api, fieldErrors, faultUnder } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Field, Select, TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import { triggerSchemaOf } from '../workflows/trigger-schema.ts'
import { VersionField } from '../workflows/version-field.tsx'
import { referenceOf } from '../workflows/workflow-reference.ts'
import { exampleBody } from './example-body.ts'
import { WEBHOOKS } from './use-webhooks.ts'
import { emptyDraft, toCreateWebhook, type WebhookDraft } from './webhook-draft.ts'
import { WebhookShown } from './webhook-shown.tsx'
import { hasTolerance, SCHEME_WORDS } from './webhook-words.ts'

const FIELDS = ['name', 'signature', 'context']

/** Makes a webhook for one sender and shows its address once. */
export const NewWebhookDialog = ({
  workflow,
  version,
  onClose,
}: {
  workflow: Workflow
  /** The version that is proposed; null: the latest at each start. */
  version: string | null
  onClose: () => void
}) => {
  const [draft, setDraft] = useState(() => emptyDraft(version))
  const [isTried, setTried] = useState(false)
  const change = (part: Partial<WebhookDraft>) => setDraft((last) => ({ ...last, ...part }))
  const create = useAction(
    () =>
      api.webhooks.create(
        referenceOf({ name: workflow.name, version: draft.version }),
        toCreateWebhook(draft),
      ),
    { touches: [WEBHOOKS], saysFaultItself: true },
  )
  const context = readPayload({ kind: 'json', text: draft.context })
  const isUnnamed = draft.name.trim() === ''
  const errors = {
    ...fieldErrors(create.error),
    ...(isTried && isUnnamed ? { name: 'Say who sends.' } : {}),
  }
  const submit = () => {
    setTried(true)
    if (!isUnnamed && context.isValid) create.mutate()
  }
  if (create.isSuccess)
    return (
      <WebhookShown
        created={create.data}
        isOwnSecret={draft.secret !== ''}
        body={exampleBody(create.data.webhook.context, triggerSchemaOf(workflow.definition))}
        onClose={onClose}
      />
    )
  return (
    <FormDialog
      onClose={onClose}
      title={`New webhook for ${workflow.name}`}
      className="max-w-xl"
      submitLabel="Create webhook"
      sent={create}
      fields={FIELDS}
      onSubmit={submit}
    >
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_14rem]">
        <TextField
          label="Name"
          hint="Who sends"
          error={errors['name']}
          data-initial-focus
          maxLength={100}
          placeholder="shop"
          value={draft.name}
          onChange={(name) => change({ name })}
        />
        <VersionField
          workflow={workflow.name}
          value={draft.version}
          onChange={(chosen) => change({ version: chosen })}
        />
      </div>
      <SignatureFields draft={draft} change={change} error={create.error} />
      <JsonField
        label="Context"
        isOptional
        hint={
          <>
            JSON with expressions, in which <code className="font-mono">trigger</code> is the body.
            Empty: the body as it is.
          </>
        }
        placeholder={'{ "order": "${trigger.data.id}" }'}
        rows={5}
        value={draft.context}
        onChange={(text) => change({ context: text })}
        error={faultUnder(create.error, 'context')}
      />
    </FormDialog>
  )
}

const SignatureFields = ({
  draft,
  change,
  error,
}: {
  draft: WebhookDraft
  change: (part: Partial<WebhookDraft>) => void
  error: unknown
}) => {
  const errors = fieldErrors(error)
  return (
    <>
      <Field
        label="Signature"
        hint={
          draft.scheme === 'none'
            ? 'Whoever knows the address can send.'
            : 'Messages that are not signed so are refused.'
        }
        error={errors['signature.scheme']}
      >
        {(control) => (
          <Select
            {...control}
            value={draft.scheme}
            onChange={(event) => change({ scheme: event.target.value as WebhookDraft['scheme'] })}
          >
            <option value="none">None</option>
            {Object.entries(SCHEME_WORDS).map(([scheme, words]) => (
              <option key={scheme} value={scheme}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {draft.scheme !== 'none' && (
        <SecretFields draft={draft} change={change} errors={errors} scheme={draft.scheme} />
      )}
    </>
  )
}

const SecretFields = ({
  draft,
  change,
  errors,
  scheme,
}: {
  draft: WebhookDraft
  change: (part: Partial<WebhookDraft>) => void
  errors: Readonly<Record<string, string>>
  scheme: WebhookSignatureScheme
}) => (
  <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_14rem]">
    <TextField
      label="Secret"
      isOptional
      hint="The one that the sender gave you. Empty: one is made and shown once."
      error={errors['signature.secret']}
      maxLength={200}
      value={draft.secret}
      onChange={(secret) => change({ secret })}
      isMono
    />
    {hasTolerance(scheme) && (
      <TextField
        label="Good for"
        isOptional
        hint="Seconds; then a message is refused."
        error={errors['signature.tolerance_seconds']}
        inputMode="numeric"
        placeholder="300"
        value={draft.tolerance}
        onChange={(tolerance) => change({ tolerance })}
      />
    )}
  </div>
)
