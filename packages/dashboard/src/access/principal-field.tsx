import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Field, Select } from '../ui/field.tsx'

const LISTED_MAX = 100

/** Choice of one who acts in the tenant: a person, a program or an agent. */
export const PrincipalField = ({
  label,
  noneLabel,
  value,
  onChange,
  error,
}: {
  label: string
  noneLabel: string
  /** An id; empty: none is chosen. */
  value: string
  onChange: (id: string) => void
  error?: string | undefined
}) => {
  const groups = usePrincipals()
  return (
    <Field label={label} error={error}>
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{noneLabel}</option>
          {groups.map(
            ({ label: group, items }) =>
              items.length > 0 && (
                <optgroup key={group} label={group}>
                  {items.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </optgroup>
              ),
          )}
        </Select>
      )}
    </Field>
  )
}

const usePrincipals = () => {
  const may = useMay()
  const seesMembers = may('member.read')
  const people = useQuery({
    queryKey: ['members', 'choice'],
    queryFn: () => api.members.list({ limit: LISTED_MAX }),
    enabled: seesMembers,
  })
  const programs = useQuery({
    queryKey: ['service-accounts', 'choice'],
    queryFn: () => api.serviceAccounts.list({ limit: LISTED_MAX }),
    enabled: seesMembers,
  })
  const agents = useQuery({
    queryKey: ['agents', 'choice'],
    queryFn: () => api.agents.list({ limit: LISTED_MAX }),
    enabled: may('agent.read'),
  })
  return [
    { label: 'People', items: people.data?.items ?? [] },
    { label: 'Service accounts', items: programs.data?.items ?? [] },
    { label: 'Agents', items: agents.data?.items ?? [] },
  ]
}
