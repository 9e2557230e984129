import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@cadre/contract'
import { ECHO } from '../../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../../support/agent-forms.ts'

/** A tenant, seen by its administrator. */
export interface Place {
  url: string
  client: Client
  /** An agent that runs elsewhere, and what it may use. */
  worker: { id: string; key: string; client: Client }
  wasmAgentId: string
}

/** What a call is about: values for the places in the path, and what else it needs. */
export interface Ask {
  path?: Record<string, string>
  query?: Record<string, string>
  body?: object
}

/** Makes an object that the call can be about. */
export type MakeObject = (place: Place, caller: { key: string; client: Client }) => Promise<Ask>

/** Workflows that runs of these tests follow. */
export const preparePlace = async (
  url: string,
  client: Client,
  clientOf: (key: string) => Client,
): Promise<Place> => {
  const worker = await registerRemote(client, 'worker')
  const { id: wasmAgentId } = await publishWasm(client, 'echo', ECHO)
  await client.workflows.publish({
    name: 'waits',
    version: '1.0.0',
    steps: { wait: { signal: 'paid' } },
  })
  await client.workflows.publish({
    name: 'asks',
    version: '1.0.0',
    steps: { ask: { approval: { message: 'Go on?' } } },
  })
  await client.workflows.publish({
    name: 'undoes',
    version: '1.0.0',
    on_failure: 'compensate',
    steps: {
      work: { agent: 'worker', compensation: { agent: 'worker' } },
      fail: { agent: 'worker', needs: 'work' },
    },
  })
  return {
    url,
    client,
    worker: { id: worker.id, key: worker.key, client: clientOf(worker.key) },
    wasmAgentId,
  }
}

const fresh = (prefix: string) => `${prefix}-${randomUUID().slice(0, 8)}`
const id = (value: string): Ask => ({ path: { id: value } })
const PASSWORD = 'four words and more'

const newTask = ({ client, worker }: Place) =>
  client.tasks.create({ agent_id: worker.id, max_retries: 0 })
const claim = ({ worker }: Place, taskId: string) =>
  worker.client.tasks.updateStatus(taskId, { agent_id: worker.id, new_status: 'IN_PROGRESS' })
const fail = async (place: Place, taskId: string) => {
  await claim(place, taskId)
  const report = { agent_id: place.worker.id, error_message: 'it broke' }
  await place.worker.client.tasks.reportFailure(taskId, { ...report, category: 'permanent' })
}
const triggered = async ({ client }: Place, workflow: string) => {
  const { run } = await client.runs.trigger(workflow)
  const { items } = await client.runs.steps(run.id)
  return { id: run.id, step_id: items[0]?.id ?? '' }
}
/** A compensation that failed, and waits for a person. */
const heldStep = async (place: Place): Promise<Ask> => {
  const { client, worker } = place
  const { id: runId, step_id: work } = await triggered(place, 'undoes')
  const openTask = async (): Promise<string> => {
    const { items } = await client.runs.steps(runId)
    return items.find(({ status }) => status === 'RUNNING')?.id ?? ''
  }
  await claim(place, work)
  await worker.client.tasks.updateStatus(work, { agent_id: worker.id, new_status: 'DONE' })
  await fail(place, await openTask())
  const undo = await openTask()
  await fail(place, undo)
  return { path: { id: runId, step_id: undo }, body: { comment: 'by hand' } }
}

export const task: MakeObject = async (place) => id((await newTask(place)).id)
export const claimable: MakeObject = async (place) => ({
  ...(await task(place, { key: '', client: place.client })),
  body: { agent_id: place.worker.id, new_status: 'IN_PROGRESS' },
})
export const held =
  (body: object): MakeObject =>
  async (place) => {
    const { id: taskId } = await newTask(place)
    await claim(place, taskId)
    return { path: { id: taskId }, body: { agent_id: place.worker.id, ...body } }
  }
export const ended: MakeObject = async (place) => {
  const { client, wasmAgentId } = place
  return id((await client.tasks.execute({ agent_id: wasmAgentId, input: 1 })).task_id)
}
export const quarantined: MakeObject = async (place) => {
  const { id: taskId } = await newTask(place)
  await fail(place, taskId)
  return { path: { id: taskId }, body: {} }
}
export const failureGroup: MakeObject = async (place, caller) => {
  const { path } = await quarantined(place, caller)
  const { fingerprint } = await place.client.quarantine.get(path?.['id'] ?? '')
  return { path: { fingerprint } }
}
export const run: MakeObject = async (place) => ({ path: await triggered(place, 'waits') })
export const pausedRun: MakeObject = async (place) => {
  const path = await triggered(place, 'waits')
  await place.client.runs.pause(path.id)
  return { path }
}
export const endedRun: MakeObject = async (place) => {
  const path = await triggered(place, 'waits')
  await place.client.runs.cancel(path.id)
  return { path, body: { from: 'start' } }
}
export const approval: MakeObject = async (place) => ({
  path: await triggered(place, 'asks'),
  body: { comment: 'seen' },
})
export const failedStep: MakeObject = heldStep
export const handMadeStep: MakeObject = async (place) => ({
  ...(await heldStep(place)),
  body: { result: 'by hand', comment: 'seen' },
})
export const schedule: MakeObject = async ({ client, worker }) => {
  const timing = { every_seconds: 86_400, is_paused: true }
  const made = await client.schedules.create({
    name: fresh('schedule'),
    ...timing,
    task: { agent_id: worker.id },
  })
  return { path: { id: made.id }, body: { missed_runs: 'run_once' } }
}
export const workflow: MakeObject = async ({ client }) => {
  const name = fresh('workflow')
  await client.workflows.publish({ name, version: '1.0.0', steps: { wait: { signal: 'paid' } } })
  return { path: { id: name, name } }
}
export const workflowVersion: MakeObject = async (...of) => {
  const { path } = await workflow(...of)
  return { path: { id: `${path?.['id']}@1.0.0` } }
}
export const webhook: MakeObject = async ({ client }) => {
  const { webhook: made } = await client.webhooks.create('waits', { name: fresh('webhook') })
  return { path: { id: made.id }, body: { is_enabled: false } }
}
export const queue: MakeObject = async ({ worker }) => ({
  path: { name: `tasks.agent.${worker.id}` },
  body: { concurrency_max: 100 },
})
export const agent: MakeObject = async ({ client }) =>
  id((await registerRemote(client, fresh('agent'))).id)
export const worker: MakeObject = async (place) => id(place.worker.id)
export const wasmAgent: MakeObject = async (place) => id(place.wasmAgentId)
export const calls: MakeObject = async (place) => {
  const { id: taskId } = await newTask(place)
  return { path: { id: place.worker.id }, body: { calls: [{ call: 'claim', task_id: taskId }] } }
}
export const instance: MakeObject = async (place) => {
  const path = { id: place.worker.id, instance: randomUUID() }
  const body = { name: 'process', transport: 'http' } as const
  await place.worker.client.agents.reportInstance(path.id, path.instance, body)
  return { path, body }
}
export const member: MakeObject = async ({ client }) => {
  const email = `${fresh('member')}@example.com`
  const made = await client.members.create({ email, role: 'viewer', password: PASSWORD })
  return { path: { id: made.id }, body: { role: 'viewer' } }
}
export const user: MakeObject = async (place, caller) => {
  const { path } = await member(place, caller)
  const { user_id: userId } = await place.client.members.get(path?.['id'] ?? '')
  return { path: { id: userId ?? '' }, body: { is_disabled: true } }
}
export const invitation: MakeObject = async ({ client }) => {
  const email = `${fresh('guest')}@example.com`
  return id((await client.invitations.create({ email, role: 'viewer' })).invitation.id)
}
export const serviceAccount: MakeObject = async ({ client }) => ({
  ...id((await client.serviceAccounts.create({ name: fresh('robot'), role: 'viewer' })).id),
  body: { role: 'viewer' },
})
/** The caller's own; the administrator's, where the caller may have none. */
export const ownKey: MakeObject = async (place, { client }) => {
  const wish = { label: fresh('key') }
  const made = await client.keys.create(wish).catch(() => place.client.keys.create(wish))
  return { path: { id: made.api_key.id }, body: { overlap_seconds: 0 } }
}
export const ownSession: MakeObject = async (place, { key, client }) => {
  await client.session.signIn(key)
  const { items } = await client.sessions.list().catch(() => place.client.sessions.list())
  return id(items[0]?.id ?? randomUUID())
}
/** Whose objects are the caller's own, so that each caller is asked about another one. */
export const PERSONAL: ReadonlySet<MakeObject> = new Set([ownKey, ownSession])
export const nobodysObject: MakeObject = async () => id(randomUUID())

/** Another tenant, which its administrator may not even name. */
export const tenant =
  (isSuspended = false, body?: object): MakeObject =>
  async ({ client }) => {
    const name = fresh('tenant')
    const { tenant: made } = await client.tenants.create({ name, admin: { name: 'root' } })
    if (isSuspended) await client.tenants.suspend(made.id, 'unpaid')
    return { path: { id: made.id }, query: { name }, body }
  }

const HARMLESS = 'forbid (principal == User::"nobody", action == Action::"task.cancel", resource);'

export const role: MakeObject = async ({ client }) => {
  const name = fresh('role')
  await client.roles.create({ name, inherits: ['viewer'] })
  return { path: { name }, body: { inherits: ['viewer'] } }
}
export const grantOn = ({ worker }: Place) => ({
  role: 'viewer',
  actions: ['task.cancel'],
  resource: { type: 'Agent', id: worker.id } as const,
  reason: 'on call',
})
export const grant: MakeObject = async (place) =>
  id((await place.client.grants.create(grantOn(place))).id)
export const policy =
  (body?: object): MakeObject =>
  async ({ client }) => {
    const made = await client.policies.create({ name: fresh('policy'), text: HARMLESS })
    return { path: { id: made.id }, body }
  }
export const activePolicy: MakeObject = async ({ client }) => {
  const made = await client.policies.create({ name: fresh('policy'), text: HARMLESS })
  await client.policies.activate(made.id)
  return { path: { id: made.id }, body: {} }
}
export const policyText = { text: HARMLESS }

/** Just a body, which may depend on the tenant. */
export const sends =
  (body: object | ((place: Place) => object)): MakeObject =>
  async (place) => ({ body: typeof body === 'function' ? body(place) : body })
export const nothing: MakeObject = async () => ({})
export const named = fresh

const POLL_MS = 10
const decidedVersion = async ({ client }: Place, name: string) => {
  for (;;) {
    const version = await client.marketplace.version(name, '1.0.0')
    if (version.state !== 'checking') return version
    await pause(POLL_MS)
  }
}

/** A version that waits for its agent, or for a reviewer. */
export const heldVersion: MakeObject = async (place) => {
  const name = fresh('held')
  await place.client.marketplace.publish({ item_type: 'agent', name, version: '1.0.0' })
  const { id } = await decidedVersion(place, name)
  return { path: { id, name, version: '1.0.0' } }
}
/** Beside itself. */
export const comparedVersion: MakeObject = async (place, caller) => ({
  ...(await heldVersion(place, caller)),
  query: { from: '1.0.0' },
})
export const heldVersionAnd =
  (body: object): MakeObject =>
  async (place, caller) => ({ ...(await heldVersion(place, caller)), body })

/** A pixel. */
const ICON =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
/** A held version with an icon. */
export const pictured: MakeObject = async (place) => {
  const name = fresh('pictured')
  await place.client.marketplace.publish({ item_type: 'agent', name, version: '1.0.0', icon: ICON })
  await decidedVersion(place, name)
  return { path: { name } }
}

export const listedItem: MakeObject = async (place) => {
  const name = fresh('listed')
  await publishWasm(place.client, name, ECHO)
  await place.client.marketplace.publish({ item_type: 'agent', name, version: '1.0.0' })
  await decidedVersion(place, name)
  return { path: { name }, body: { rating: 5 } }
}

export const approvedVersion: MakeObject = async (place, caller) => {
  const { path } = await listedItem(place, caller)
  return { path: { ...path, version: '1.0.0' } }
}

/** Of somebody who has the private key, or had it. */
export const publicKey = (): string =>
  generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()
export const trustedKey: MakeObject = async ({ client }) => {
  const { id } = await client.registry.trust({ name: 'Somebody', public_key: publicKey() })
  return { path: { id } }
}

export const listedVersionAnd =
  (body: object): MakeObject =>
  async (place, caller) => {
    const { path } = await listedItem(place, caller)
    return { path: { ...path, version: '1.0.0' }, body }
  }
export const installable: MakeObject = async (place, caller) => {
  const { path } = await listedItem(place, caller)
  return { body: { item: path?.['name'], as: fresh('installed') } }
}
export const installed: MakeObject = async (place, caller) => {
  const { path } = await listedItem(place, caller)
  const as = fresh('installed')
  await place.client.installs.install({ item: path?.['name'] ?? '', as })
  return { path: { name: as }, body: {} }
}
