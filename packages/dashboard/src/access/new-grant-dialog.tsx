import { useState } from 'react'
import { api, faultUnder, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { RoleField } from '../members/role-field.tsx'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { instantOf } from '../ui/local-time.ts'
import { PatternsField, patternsOf } from '../ui/patterns-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { ObjectFields, objectOf, type ObjectDraft } from './object-fields.tsx'
import { PrincipalField } from './principal-field.tsx'
import { useActions } from './use-actions.ts'

const FIELDS = ['principal_id', 'role', 'actions', 'resource', 'expires_at', 'reason']

/** Lets somebody do something to one object. */
export const NewGrantDialog = ({ onClose }: { onClose: () => void }) => {
  const [to, setTo] = useState<'principal' | 'role'>('principal')
  const [principalId, setPrincipalId] = useState('')
  const [role, setRole] = useState('viewer')
  const [actions, setActions] = useState('')
  const [object, setObject] = useState<ObjectDraft>({ type: 'Agent', id: '' })
  const [until, setUntil] = useState('')
  const [reason, setReason] = useState('')
  const [isTried, setTried] = useState(false)
  const create = useAction(
    () => {
      const expiresAt = instantOf(until)
      return api.grants.create({
        ...(to === 'role' ? { role } : { principal_id: principalId }),
        actions: patternsOf(actions),
        resource: objectOf(object) ?? { type: 'System', id: '' },
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
        reason: reason.trim(),
      })
    },
    { done: 'Granted', touches: [['grants']], onDone: onClose, saysFaultItself: true },
  )
  const faults: Record<string, string> = {
    ...(to === 'principal' && principalId === '' ? { principal_id: 'Say who.' } : {}),
    ...(patternsOf(actions).length === 0 ? { actions: 'Say what.' } : {}),
    ...(object.id.trim() === '' ? { id: 'Say on which.' } : {}),
    ...(reason.trim() === '' ? { reason: 'Say why.' } : {}),
  }
  const errors = { ...fieldErrors(create.error), ...(isTried ? faults : {}) }
  const knownActions = useActions()
  const submit = () => {
    setTried(true)
    if (Object.keys(faults).length === 0) create.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title="New grant"
      className="max-w-xl"
      submitLabel="Grant"
      sent={create}
      fields={FIELDS}
      onSubmit={submit}
    >
      <Segments
        label="To whom"
        value={to}
        onChange={setTo}
        className="justify-self-start"
        segments={[
          { value: 'principal', label: 'To somebody' },
          { value: 'role', label: 'To a role' },
        ]}
      />
      {to === 'role' ? (
        <RoleField value={role} onChange={setRole} error={errors['role']} />
      ) : (
        <PrincipalField
          label="Who"
          noneLabel="Choose…"
          value={principalId}
          onChange={setPrincipalId}
          error={errors['principal_id']}
        />
      )}
      <PatternsField
        label="Actions"
        hint="Such as agent.manage or run.*, separated by spaces"
        actions={knownActions}
        value={actions}
        onChange={setActions}
        error={errors['actions'] ?? faultUnder(create.error, 'actions')}
      />
      <ObjectFields
        value={object}
        onChange={setObject}
        errors={{
          type: errors['resource.type'],
          id: errors['id'] ?? errors['resource.id'] ?? errors['resource'],
        }}
      />
      <TextField
        label="Until"
        isOptional
        hint="Empty: until it is withdrawn"
        error={errors['expires_at']}
        type="datetime-local"
        value={until}
        onChange={setUntil}
      />
      <TextField
        label="Reason"
        hint="For whoever looks at it later"
        error={errors['reason']}
        maxLength={500}
        value={reason}
        onChange={setReason}
      />
    </FormDialog>
  )
}
