import type { AccessExplanation, AccessStep } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { CircleCheck, CircleMinus, CircleX, TriangleAlert } from 'lucide-react'
import { useId, useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { capital } from '../ui/format.ts'
import { FormError } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { NO_OBJECT, ObjectFields, objectOf } from './object-fields.tsx'
import { PrincipalField } from './principal-field.tsx'
import { useActions } from './use-actions.ts'

const FIELDS = ['principal_id', 'action', 'resource']

/** Asks the server how it would decide, and why. */
export const Explainer = () => {
  const [principalId, setPrincipalId] = useState('')
  const [action, setAction] = useState('')
  const [object, setObject] = useState(NO_OBJECT)
  const actions = useActions()
  const listId = useId()
  const explain = useMutation({
    mutationFn: () => {
      const resource = objectOf(object)
      return api.access.explain({
        ...(principalId === '' ? {} : { principal_id: principalId }),
        action: action.trim(),
        ...(resource && { resource }),
      })
    },
  })
  const errors = fieldErrors(explain.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    explain.mutate()
  }
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[22rem_1fr]">
      <form
        onSubmit={submit}
        noValidate
        className="grid gap-4 rounded-xl border border-line bg-surface p-4 shadow-card"
      >
        <PrincipalField
          label="Who"
          noneLabel="You yourself"
          value={principalId}
          onChange={setPrincipalId}
          error={errors['principal_id']}
        />
        <Field label="Does what" error={errors['action']}>
          {(control) => (
            <>
              <TextInput
                {...control}
                list={listId}
                maxLength={60}
                placeholder="task.cancel"
                value={action}
                onChange={(event) => setAction(event.target.value)}
                className="font-mono"
              />
              <datalist id={listId}>
                {actions.map((known) => (
                  <option key={known} value={known} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <ObjectFields
          value={object}
          onChange={setObject}
          noneLabel="None in particular"
          errors={{
            type: errors['resource.type'],
            id: errors['resource.id'] ?? errors['resource'],
          }}
        />
        <FormError error={explain.error} fields={FIELDS} />
        <Button type="submit" look="primary" isBusy={explain.isPending}>
          Explain
        </Button>
      </form>
      <div aria-live="polite">
        {explain.isSuccess ? (
          <Explanation explanation={explain.data} />
        ) : (
          <p className="px-1 py-4 text-sm text-muted">
            Says whether it would be permitted now, and what decided it: scopes, role, grants and
            policies. Nothing is done.
          </p>
        )}
      </div>
    </div>
  )
}

const Explanation = ({ explanation }: { explanation: AccessExplanation }) => {
  const isPermitted = explanation.decision === 'permitted'
  return (
    <div className="grid gap-4">
      <section
        aria-label="Decision"
        className="rounded-xl border border-line bg-surface p-4 shadow-card"
      >
        <p className="mb-2 flex flex-wrap items-center gap-2 text-sm">
          <Badge tone={isPermitted ? 'good' : 'bad'}>{isPermitted ? 'Permitted' : 'Refused'}</Badge>
          <span className="font-medium">{explanation.principal.name}</span>
          <Badge>{explanation.principal.role}</Badge>
          <code className="font-mono text-xs">{explanation.action}</code>
        </p>
        <p className="text-base">{explanation.sentence}</p>
      </section>
      {explanation.determined_by.length > 0 && (
        <Steps title="What decided it" steps={explanation.determined_by} />
      )}
      <Steps title="What was looked at" steps={explanation.looked_at} />
    </div>
  )
}

const OUTCOMES = {
  permits: { icon: CircleCheck, className: 'text-good', label: 'permits' },
  forbids: { icon: CircleX, className: 'text-bad', label: 'forbids' },
  fails: { icon: TriangleAlert, className: 'text-bad', label: 'fails' },
  silent: { icon: CircleMinus, className: 'text-faint', label: 'says nothing' },
} as const

/** What has a name of its own is told with what it is. */
const KIND_WORDS = { role: 'Role', grant: 'Grant', policy: 'Policy', scope: null, rule: null }

const titleOf = ({ kind, name }: AccessStep): string => {
  const word = KIND_WORDS[kind]
  return word === null ? capital(name) : `${word} ${name}`
}

const Steps = ({ title, steps }: { title: string; steps: readonly AccessStep[] }) => (
  <Panel title={title}>
    <ul aria-label={title} className="divide-y divide-line">
      {steps.map((step, index) => {
        const { icon: Icon, className, label } = OUTCOMES[step.outcome]
        return (
          <li key={index} className="flex items-start gap-3 px-4 py-2.5 text-sm">
            <Icon size={16} aria-label={label} className={`mt-0.5 shrink-0 ${className}`} />
            <p className="min-w-0">
              <span className="font-medium">{titleOf(step)}</span>
              <span className="block text-xs text-muted">{step.message}</span>
            </p>
          </li>
        )
      })}
    </ul>
    {steps.length === 0 && <p className="px-4 py-3 text-sm text-muted">Nothing</p>}
  </Panel>
)
