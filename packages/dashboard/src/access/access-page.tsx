import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Segments } from '../ui/segments.tsx'
import { ACCESS_TABS, type AccessTab } from './access-search.ts'
import { Explainer } from './explainer.tsx'
import { GrantList } from './grant-list.tsx'
import { NewGrantDialog } from './new-grant-dialog.tsx'
import { PolicyList } from './policy-list.tsx'
import { PolicyView } from './policy-view.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { RoleList } from './role-list.tsx'

const TABS: Record<AccessTab, { label: string; needs: string }> = {
  roles: { label: 'Roles', needs: 'role.read' },
  grants: { label: 'Grants', needs: 'grant.read' },
  policies: { label: 'Policies', needs: 'policy.read' },
  explain: { label: 'Explain', needs: 'access.explain' },
}

/** Who may do what, and why. */
export const AccessPage = () => {
  const { tab = 'roles', policy } = useSearch({ from: '/access' })
  const navigate = useNavigate()
  const may = useMay()
  if (tab === 'policies' && policy !== undefined) return <PolicyView key={policy} id={policy} />
  return (
    <>
      <PageHeader title="Access" note="Who may do what, and why" actions={<Add tab={tab} />} />
      <Segments
        label="Part of access"
        value={tab}
        onChange={(next) =>
          void navigate({
            to: '/access',
            search: next === 'roles' ? {} : { tab: next },
            replace: true,
          })
        }
        className="mb-3"
        segments={ACCESS_TABS.filter((each) => may(TABS[each].needs)).map((value) => ({
          value,
          label: TABS[value].label,
        }))}
      />
      {tab === 'roles' && <RoleList />}
      {tab === 'grants' && <GrantList />}
      {tab === 'policies' && <PolicyList />}
      {tab === 'explain' && <Explainer />}
    </>
  )
}

/** What can be added to the part that is shown. */
const Add = ({ tab }: { tab: AccessTab }) => {
  const [isAdding, setAdding] = useState(false)
  const may = useMay()
  const close = () => setAdding(false)
  if (tab === 'policies')
    return (
      may('policy.manage') && (
        <Link
          to="/access"
          search={{ tab: 'policies', policy: 'new' }}
          className={buttonClass({ look: 'primary' })}
        >
          <Plus size={14} aria-hidden /> New policy
        </Link>
      )
    )
  const isRole = tab === 'roles'
  if (tab === 'explain' || !may(isRole ? 'role.manage' : 'grant.manage')) return null
  return (
    <>
      <Button look="primary" onClick={() => setAdding(true)}>
        <Plus size={14} aria-hidden /> {isRole ? 'New role' : 'New grant'}
      </Button>
      {isAdding && isRole && <RoleDialog onClose={close} />}
      {isAdding && !isRole && <NewGrantDialog onClose={close} />}
    </>
  )
}
