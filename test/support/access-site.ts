import type { Client, CreateRole, Policy } from '@cadre/contract'
import { registerRemote } from './agent-forms.ts'
import { startCadreOnPostgres } from './cadre-on-postgres.ts'
import { membersAndStranger } from './insert-principals.ts'

/** Somebody has each; the last two are roles only while a test makes them. */
const ROLES = ['viewer', 'developer', 'supervisor', 'guest', 'keeper'] as const
const keyOf = (role: string) => `key-of-the-${role}-in-the-access-tests`

/** A tenant with two agents and their tasks, where tests make roles, grants and policies. */
export const openAccessSite = async () => {
  const cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(ROLES, keyOf),
    },
  )
  const admin = cadre.client
  const red = await registerRemote(admin, 'red')
  const blue = await registerRemote(admin, 'blue')
  const agents = { red: red.id, blue: blue.id }
  const create = async (agent_id: string, tags: string[]): Promise<string> =>
    (await admin.tasks.create({ agent_id, tags })).id

  return {
    admin,
    as: (role: (typeof ROLES)[number]): Client => cadre.clientOf(keyOf(role)),
    /** The administrator of another tenant. */
    stranger: cadre.clientOf(keyOf('other')),
    agents,
    tasks: {
      red: await create(agents.red, []),
      blue: await create(agents.blue, []),
      live: await create(agents.blue, ['live']),
    },
    /** Makes the role, or replaces it. */
    put: async (role: CreateRole) => {
      const isThere = (await admin.roles.list()).items.some(({ name }) => name === role.name)
      const { name, ...rest } = role
      return isThere ? admin.roles.replace(name, rest) : admin.roles.create(role)
    },
    activate: async (name: string, text: string): Promise<Policy> => {
      const policy = await admin.policies.create({ name, text })
      await admin.policies.activate(policy.id, { confirm_changes: 1_000 })
      return policy
    },
    /** Takes back what a test has made. */
    clear: async (): Promise<void> => {
      for (const policy of (await admin.policies.list()).items) {
        if (policy.active_version !== null)
          await admin.policies.deactivate(policy.id, { confirm_changes: 1_000 })
        await admin.policies.remove(policy.id)
      }
      for (const grant of (await admin.grants.list({ limit: 100 })).items)
        await admin.grants.remove(grant.id)
      const own = (await admin.roles.list()).items.filter((role) => !role.is_built_in)
      for (const role of own) await admin.roles.replace(role.name, {})
      for (const name of ['middle', 'top', 'base']) await admin.roles.remove(name).catch(() => null)
    },
    close: () => cadre.stop(),
  }
}

export type AccessSite = Awaited<ReturnType<typeof openAccessSite>>

/** What a refusal tells its caller. */
export const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'permitted',
    ({ message }: Error) => message,
  )

export const idOf = async (client: Client): Promise<string> =>
  (await client.session.whoAmI()).principal_id

export const taskIdsSeenBy = async (client: Client): Promise<string[]> =>
  (await client.tasks.list({ limit: 100 })).items.map(({ id }) => id)
