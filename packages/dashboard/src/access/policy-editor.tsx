import type { Policy, PolicyProblem } from '@cadre/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { useDeferredValue, useEffect, useRef, useState, type FormEvent } from 'react'
import { api, fieldErrors, messageOf } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Field, TextArea, TextField } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { offsetOf } from './text-place.ts'

const TYPING_MS = 400
const TEXT_LENGTH_MAX = 10_000
const FIRST_TEXT = `forbid (
  principal,
  action == Action::"task.create",
  resource
) when {
  resource.priority == "urgent"
};
`

/** Writes a policy; what is wrong with it is said while it is written, at line and column. */
export const PolicyEditor = ({
  policy,
  onSaved,
}: {
  /** Left out: a new one. */
  policy?: Policy
  onSaved?: (policy: Policy) => void
}) => {
  const may = useMay()
  const [name, setName] = useState('')
  const [description, setDescription] = useState(policy?.description ?? '')
  const [text, setText] = useState(policy?.text ?? FIRST_TEXT)
  const area = useRef<HTMLTextAreaElement>(null)
  const save = useAction(
    () =>
      policy === undefined
        ? api.policies.create({ name: name.trim(), description: description.trim(), text })
        : api.policies.revise(policy.id, { description: description.trim(), text }),
    { done: 'Saved; it decides once it is active', touches: [['policies']], saysFaultItself: true },
  )
  const errors = fieldErrors(save.error)
  const isChanged = text !== policy?.text || description !== policy.description
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(undefined, { onSuccess: (saved) => onSaved?.(saved) })
  }
  const goTo = (problem: PolicyProblem) => {
    const place = offsetOf(text, problem)
    area.current?.focus()
    area.current?.setSelectionRange(place, place)
  }
  if (!may('policy.manage'))
    return (
      <Panel title="Text">
        <CodeBlock text={text} label="Text of the policy" />
      </Panel>
    )
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      {policy === undefined && (
        <TextField
          label="Name"
          error={errors['name']}
          maxLength={100}
          placeholder="no-critical-tasks-at-night"
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label="Description"
        isOptional
        error={errors['description']}
        maxLength={500}
        value={description}
        onChange={setDescription}
      />
      <Field label="Text in Cedar">
        {(control) => (
          <TextArea
            {...control}
            ref={area}
            rows={Math.min(24, Math.max(10, text.split('\n').length + 1))}
            maxLength={TEXT_LENGTH_MAX}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <Problems text={text} onChoose={goTo} />
      <FormError error={save.error} fields={['name', 'description']} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" isBusy={save.isPending} disabled={!isChanged}>
          {policy === undefined ? 'Save as a draft' : `Save as version ${policy.version + 1}`}
        </Button>
      </div>
    </form>
  )
}

/** What the server says of a text that has rested for a moment. */
const useLint = (text: string) => {
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return useQuery({
    queryKey: ['policy-lint', rested],
    queryFn: () => api.policies.lint({ text: rested }),
    enabled: rested.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
  })
}

const Problems = ({
  text,
  onChoose,
}: {
  text: string
  onChoose: (problem: PolicyProblem) => void
}) => {
  const lint = useLint(useDeferredValue(text))
  if (lint.isError) return <p className="text-sm text-bad">{messageOf(lint.error)}</p>
  if (lint.data === undefined) return <p className="h-6 text-sm text-faint">Checking…</p>
  return (
    <div role="status" aria-label="What is wrong with the text" className="grid gap-1.5 text-sm">
      {lint.data.problems.length === 0 && (
        <p className="flex h-6 items-center gap-2 text-muted">
          <CircleCheck size={15} className="text-good" aria-hidden /> No problems found
        </p>
      )}
      {lint.data.problems.map((problem, index) => (
        <Problem key={index} problem={problem} onChoose={() => onChoose(problem)} />
      ))}
    </div>
  )
}

const Problem = ({ problem, onChoose }: { problem: PolicyProblem; onChoose: () => void }) => (
  <div className="flex items-start gap-2">
    {problem.severity === 'error' ? (
      <CircleX size={15} className="mt-1 shrink-0 text-bad" aria-label="Error" />
    ) : (
      <TriangleAlert size={15} className="mt-1 shrink-0 text-warn" aria-label="Warning" />
    )}
    <p className="min-w-0 leading-6">
      {problem.line !== null && (
        <button
          type="button"
          onClick={onChoose}
          className="mr-2 rounded-sm text-accent tabular-nums underline-offset-2 hover:underline"
        >
          Line {problem.line}, column {problem.column ?? 1}
        </button>
      )}
      {problem.message}
      {problem.help !== null && <span className="block text-muted">{problem.help}</span>}
    </p>
  </div>
)
