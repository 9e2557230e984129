import { randomUUID } from 'node:crypto'
import { createClient, type Client } from '@cadre/contract/client'
import { retryingFetch } from './retrying-fetch.ts'

export const URL_DEFAULT = 'http://127.0.0.1:8080'
export const REQUEST_TIMEOUT_MS = 30_000
/** A direct execution may take five minutes, and an upload as long as the line needs. */
export const LONG_REQUEST_TIMEOUT_MS = 10 * 60_000
/** A lease is beaten again soon, so one beat must not wait for long. */
export const HEARTBEAT_TIMEOUT_MS = 5_000
export const REQUEST_ATTEMPTS_MAX = 5

export interface CadreOptions {
  /** Where Cadre listens. Default: `CADRE_URL`, else `http://127.0.0.1:8080`. */
  url?: string
  /** API key of a person, a service or an agent. Default: `CADRE_KEY`. */
  key?: string
  /** Time for one request, in milliseconds. Default 30 s; executions and uploads get 10 minutes. */
  timeoutMs?: number
  /** Attempts for requests that may be repeated. Default 5. */
  attemptsMax?: number
  fetch?: typeof fetch
}

/** Every call of Cadre's API, typed; see {@link createCadre}. */
export type Cadre = Client

/**
 * The typed client. Reads are repeated after network errors, 429 and 503 (with backoff, jitter
 * and `Retry-After`), and so are task creations: each gets an idempotency key unless it has one.
 * Other writes are sent once. Rejects with `CadreError` on a refusal and with
 * `CadreUnreachableError` when no answer came.
 */
export const createCadre = (options: CadreOptions = {}): Cadre => {
  const attemptsMax = options.attemptsMax ?? REQUEST_ATTEMPTS_MAX
  const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS
  const client = (timeoutMs: number, attemptsMax: number) =>
    createClient({
      baseUrl: (options.url ?? process.env['CADRE_URL'] ?? URL_DEFAULT).replace(/\/+$/, ''),
      key: options.key ?? process.env['CADRE_KEY'],
      fetch: retryingFetch({ fetch: options.fetch ?? fetch, timeoutMs, attemptsMax }),
    })
  const once = client(timeoutMs, 1)
  const repeating = client(timeoutMs, attemptsMax)
  const beating = client(Math.min(timeoutMs, HEARTBEAT_TIMEOUT_MS), 1)
  const long = client(Math.max(timeoutMs, LONG_REQUEST_TIMEOUT_MS), 1)

  return {
    send: once.send,
    tasks: {
      ...repeating.tasks,
      create: (task) => repeating.tasks.create(withKey(task)),
      createBatch: (tasks) => repeating.tasks.createBatch(tasks.map(withKey)),
      updateStatus: once.tasks.updateStatus,
      reportFailure: once.tasks.reportFailure,
      heartbeat: beating.tasks.heartbeat,
      progress: beating.tasks.progress,
      cancel: once.tasks.cancel,
      execute: long.tasks.execute,
    },
    quarantine: {
      ...repeating.quarantine,
      redrive: once.quarantine.redrive,
      purge: once.quarantine.purge,
      redriveMany: long.quarantine.redriveMany,
      purgeMany: long.quarantine.purgeMany,
      redispatch: once.quarantine.redispatch,
      purgeDeadLetters: long.quarantine.purgeDeadLetters,
    },
    agents: {
      ...once.agents,
      list: repeating.agents.list,
      search: repeating.agents.search,
      get: repeating.agents.get,
      stats: repeating.agents.stats,
      publish: long.agents.publish,
      calls: (id, calls) =>
        (calls.every(({ call }) => call === 'heartbeat') ? beating : once).agents.calls(id, calls),
      instances: repeating.agents.instances,
      reportInstance: beating.agents.reportInstance,
      removeInstance: beating.agents.removeInstance,
    },
    audit: { ...repeating.audit, exportRaw: long.audit.exportRaw, verify: long.audit.verify },
    roles: { ...once.roles, list: repeating.roles.list, get: repeating.roles.get },
    grants: { ...once.grants, list: repeating.grants.list },
    policies: {
      ...once.policies,
      schema: repeating.policies.schema,
      lint: repeating.policies.lint,
      list: repeating.policies.list,
      get: repeating.policies.get,
      versions: repeating.policies.versions,
    },
    access: repeating.access,
    mirror: {
      changes: repeating.mirror.changes,
      index: long.mirror.index,
      artefactRaw: long.mirror.artefactRaw,
      load: long.mirror.load,
    },
    registry: { ...once.registry, keys: repeating.registry.keys },
    circuits: { ...once.circuits, list: repeating.circuits.list },
    tenants: {
      ...once.tenants,
      list: repeating.tenants.list,
      get: repeating.tenants.get,
      exportRaw: long.tenants.exportRaw,
    },
    queues: { ...once.queues, list: repeating.queues.list, get: repeating.queues.get },
    webhooks: { ...once.webhooks, list: repeating.webhooks.list },
    runs: {
      ...once.runs,
      trigger: (workflow, body) => repeating.runs.trigger(workflow, withKey(body ?? {})),
      list: repeating.runs.list,
      get: repeating.runs.get,
      steps: repeating.runs.steps,
      step: repeating.runs.step,
      events: repeating.runs.events,
      approvals: repeating.runs.approvals,
    },
    performance: repeating.performance,
    installs: {
      list: repeating.installs.list,
      get: repeating.installs.get,
      install: once.installs.install,
      update: once.installs.update,
      uninstall: once.installs.uninstall,
      tryVersion: once.installs.tryVersion,
    },
    marketplace: {
      ...once.marketplace,
      search: repeating.marketplace.search,
      get: repeating.marketplace.get,
      versions: repeating.marketplace.versions,
      version: repeating.marketplace.version,
      diff: repeating.marketplace.diff,
      release: repeating.marketplace.release,
      reviews: repeating.marketplace.reviews,
      ratings: repeating.marketplace.ratings,
      rate: repeating.marketplace.rate,
    },
    schedules: {
      ...once.schedules,
      list: repeating.schedules.list,
      get: repeating.schedules.get,
      runs: repeating.schedules.runs,
      preview: repeating.schedules.preview,
    },
    workflows: {
      ...repeating.workflows,
      publish: once.workflows.publish,
      remove: once.workflows.remove,
    },
    session: {
      ...once.session,
      whoAmI: repeating.session.whoAmI,
      methods: repeating.session.methods,
    },
    sessions: { ...once.sessions, list: repeating.sessions.list },
    tokens: once.tokens,
    passwords: once.passwords,
    users: { ...once.users, get: repeating.users.get },
    members: { ...once.members, list: repeating.members.list, get: repeating.members.get },
    invitations: { ...once.invitations, list: repeating.invitations.list },
    serviceAccounts: {
      ...once.serviceAccounts,
      list: repeating.serviceAccounts.list,
      get: repeating.serviceAccounts.get,
    },
    keys: { ...once.keys, list: repeating.keys.list },
    health: once.health,
  }
}

const withKey = <Body extends { idempotency_key?: string | undefined }>(body: Body): Body => ({
  idempotency_key: randomUUID(),
  ...body,
})
