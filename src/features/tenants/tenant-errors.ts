import { AppError, invalidField } from '#platform/errors.ts'

export const tenantNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'tenant.not_found',
    publicMessage: 'There is no such tenant.',
  })

export const tenantNameTaken = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'tenant.name_taken',
    publicMessage: `There is a tenant ${name} already.`,
  })

export const notOperator = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action: 'tenant.manage',
    publicMessage: 'Only administrators of the platform manage tenants.',
  })

export const platformTenant = () =>
  new AppError({
    kind: 'conflict',
    code: 'tenant.is_platform',
    publicMessage: "The platform's own tenant can be neither suspended nor deleted.",
  })

export const tenantNotSuspended = () =>
  new AppError({
    kind: 'conflict',
    code: 'tenant.not_suspended',
    publicMessage: 'Only a suspended tenant can be deleted. Suspend it first.',
  })

export const tenantIsDeleted = () =>
  new AppError({
    kind: 'conflict',
    code: 'tenant.deleting',
    publicMessage: 'The tenant is being deleted.',
  })

export const otherName = () => invalidField('name', 'is not the name of this tenant')
