import type { ChangeTenant, CreateTenant, TenantId } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { IdentityService } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import { unadmitOfTenants } from '#platform/outbox/outbox-store.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  otherName,
  platformTenant,
  tenantIsDeleted,
  tenantNameTaken,
  tenantNotFound,
  tenantNotSuspended,
} from './tenant-errors.ts'
import * as store from './tenant-store.ts'
import type { TenantRecord } from './tenant.ts'

export interface TenantServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  identity: Pick<IdentityService, 'addAdministrator'>
  platformTenantId: TenantId
  /** Makes what was committed hold in this process, before its caller is answered. */
  refreshSuspended: () => Promise<void>
}

export type TenantService = ReturnType<typeof createTenantService>

/** What the operator does with tenants. Each change is on record in the platform's audit log. */
export const createTenantService = (options: TenantServiceOptions) => {
  const { db, clock, ids, identity, platformTenantId } = options

  const read = async (id: TenantId): Promise<TenantRecord> => {
    const tenant = await store.findTenant(db, id)
    if (tenant === null) throw tenantNotFound()
    return tenant
  }
  const note = (
    tx: Tx,
    action: TenantAct,
    { id, name }: TenantRecord,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> =>
    recordWithin(tx, {
      tenantId: platformTenantId,
      at: clock.now(),
      action,
      resource: { kind: 'tenant', id, name },
      ...values,
    })
  /** Changes a tenant that nobody else changes meanwhile; what changes nothing is not noted. */
  const change = async (
    id: TenantId,
    action: TenantAct,
    changed: (present: TenantRecord, now: Date) => TenantRecord,
    also: (tx: Tx, now: Date) => Promise<void> = async () => {},
  ): Promise<TenantRecord> => {
    const tenant = await db.transaction(async (tx) => {
      const present = await store.lockTenant(tx, id)
      if (present === null) throw tenantNotFound()
      const now = clock.now()
      const next = changed(present, now)
      if (next === present) return present
      await store.writeTenant(tx, next)
      await also(tx, now)
      await note(tx, action, next, { before: tellingFields(present), after: tellingFields(next) })
      return next
    })
    await options.refreshSuspended()
    return tenant
  }
  const requireOther = (id: TenantId): void => {
    if (id === platformTenantId) throw platformTenant()
  }

  return {
    /** @throws AppError `tenant.not_found` */
    read,

    /** By name; one more than `limit` where there are more. */
    list: (page: { after: string | null; limit: number }) => store.listTenants(db, page),

    /**
     * Makes a tenant and the account that administers it.
     * @throws AppError `tenant.name_taken`
     */
    create: async (
      body: CreateTenant,
    ): Promise<{ tenant: TenantRecord; admin: Principal; key: string }> => {
      const tenant: TenantRecord = {
        id: ids.uuid() as TenantId,
        name: body.name,
        displayName: body.display_name ?? body.name,
        weight: body.weight ?? 1,
        status: 'active',
        statusReason: null,
        statusAt: null,
        createdAt: clock.now(),
      }
      try {
        return await db.transaction(async (tx) => {
          await store.insertTenant(tx, tenant)
          const account = { tenantId: tenant.id, name: body.admin.name }
          const { principal, key } = await identity.addAdministrator(tx, account)
          await note(tx, 'tenant.create', tenant, { after: tellingFields(tenant) })
          return { tenant, admin: principal, key }
        })
      } catch (error) {
        const isTaken = error instanceof ConstraintError && error.kind === 'unique'
        throw isTaken ? tenantNameTaken(body.name) : error
      }
    },

    change: (id: TenantId, { display_name: displayName, weight }: ChangeTenant) =>
      change(id, 'tenant.change', (present) => ({
        ...present,
        displayName: displayName ?? present.displayName,
        weight: weight ?? present.weight,
      })),

    /** Nothing of it begins from now on, in any process. Idempotent. */
    suspend: (id: TenantId, reason: string): Promise<TenantRecord> => {
      requireOther(id)
      return change(
        id,
        'tenant.suspend',
        (present, now) => {
          if (present.status === 'deleting') throw tenantIsDeleted()
          if (present.status === 'suspended') return present
          return { ...present, status: 'suspended', statusReason: reason, statusAt: now }
        },
        (tx, now) => unadmitOfTenants(tx, [id], now),
      )
    },

    /** Everything goes on. Idempotent. */
    resume: (id: TenantId): Promise<TenantRecord> =>
      change(
        id,
        'tenant.resume',
        (present, now) => {
          if (present.status === 'deleting') throw tenantIsDeleted()
          if (present.status === 'active') return present
          return { ...present, status: 'active', statusReason: null, statusAt: now }
        },
        // Whatever slipped into the broker before everybody knew has no message any more.
        (tx, now) => unadmitOfTenants(tx, [id], now),
      ),

    /**
     * Begins the deletion of a suspended tenant, which goes on in the background and cannot be
     * stopped. Idempotent.
     * @throws AppError 409 unless it is suspended, 422 for another name
     */
    remove: (id: TenantId, name: string): Promise<TenantRecord> => {
      requireOther(id)
      return change(id, 'tenant.delete', (present, now) => {
        if (present.name !== name) throw otherName()
        if (present.status === 'deleting') return present
        if (present.status !== 'suspended') throw tenantNotSuspended()
        return { ...present, status: 'deleting', statusAt: now }
      })
    },
  }
}

type TenantAct =
  | 'tenant.create'
  | 'tenant.change'
  | 'tenant.suspend'
  | 'tenant.resume'
  | 'tenant.delete'

const tellingFields = ({ displayName, weight, status, statusReason }: TenantRecord) => ({
  display_name: displayName,
  weight,
  status,
  reason: statusReason,
})
