import { randomUUID } from 'node:crypto'
import type { Client, TenantId } from '@cadre/contract'
import { insertDeadLetters } from '#platform/broker/dead-letter-store.ts'
import { insertPrincipal } from '#features/identity/identity-store.ts'
import { insertUser } from '#features/identity/user-store.ts'
import type { Db } from '#platform/db/db.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { PASSWORD } from '../support/people.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { hostileLine, hostileText } from './hostile-text.ts'

/** What {@link fillWithMarkup} made, by what addresses need of it. */
export type HostileTenant = Awaited<ReturnType<typeof fillWithMarkup>>

/** Hostile text in everything that keeps text: tasks, runs, schedules, people, access, tenants. */
export const fillWithMarkup = async (cadre: RunningCadre, db: Db) => {
  const work = await fillTasks(cadre)
  const { tenant_id } = await cadre.client.session.whoAmI()
  await buryLetter(db, tenant_id as TenantId)
  await letIn(db, tenant_id as TenantId)
  return {
    ...work,
    ...(await fillRuns(cadre)),
    ...(await fillAccess(cadre.client, work.agentId)),
    ...(await fillPeople(cadre)),
  }
}

const fillTasks = async ({ client, clientOf }: RunningCadre) => {
  const { id: agentId, key } = await client.agents
    .register({
      name: 'hostile',
      runtime: 'remote',
      description: hostileText('agent-description'),
      capabilities: ['text.hostile'],
      examples: [{ title: hostileLine('example-title'), input: hostileText('example-input') }],
    })
    .then(({ id, key = '' }) => ({ id, key }))
  const agent = clientOf(key)
  await agent.agents.reportInstance(agentId, randomUUID(), {
    name: hostileLine('process'),
    transport: 'http',
  })
  const made = (name: string) =>
    client.tasks.create({
      agent_id: agentId,
      title: hostileLine(`${name}-title`),
      input: { [hostileLine(`${name}-input-key`)]: hostileText(`${name}-input`) },
      tags: [hostileLine('tag')],
      concurrency_key: hostileLine(`${name}-key`),
      max_retries: 0,
    })
  const claimed = async (id: string) => {
    await agent.tasks.updateStatus(id, { agent_id: agentId, new_status: 'IN_PROGRESS' })
    const message = hostileLine('progress')
    await agent.tasks.progress(id, { agent_id: agentId, fraction: 0.5, message })
    return id
  }
  const done = await claimed((await made('done')).id)
  await agent.tasks.updateStatus(done, {
    agent_id: agentId,
    new_status: 'DONE',
    result: { [hostileLine('result-key')]: hostileText('result') },
  })
  const failed = await claimed((await made('failed')).id)
  await agent.tasks.reportFailure(failed, {
    agent_id: agentId,
    error_message: hostileText('error'),
    category: 'permanent',
  })
  const purged = await claimed((await made('purged')).id)
  await agent.tasks.reportFailure(purged, {
    agent_id: agentId,
    error_message: hostileText('other-error'),
    category: 'permanent',
  })
  await client.quarantine.purge(purged, hostileText('purge-reason'))
  const cancelled = (await made('cancelled')).id
  await client.tasks.cancel(cancelled, hostileText('cancel-reason'))
  const running = await claimed((await made('running')).id)
  const { fingerprint } = await client.quarantine.get(failed)
  await client.schedules.create({
    name: 'hostile',
    every_seconds: 86_400,
    task: {
      agent_id: agentId,
      title: hostileLine('schedule-title'),
      input: hostileText('schedule-input'),
      tags: [hostileLine('tag')],
    },
  })
  // Any text may stand for a capability: it becomes the name of a queue.
  const nobody = { capability: hostileLine('capability') }
  await client.schedules.create({ name: 'nobody', every_seconds: 86_400, task: nobody })
  await client.schedules.trigger('nobody')
  return { agentId, done, failed, purged, cancelled, running, fingerprint }
}

/** Issuers say what they like: an address need not be one that Cadre would have taken itself. */
export const ISSUERS_ADDRESS = '<svg/data-attack/onload=attack()>@example.com'

const letIn = (db: Db, tenantId: TenantId) =>
  db.transaction(async (tx) => {
    const [id, userId, now] = [randomUUID(), randomUUID(), new Date()]
    await insertUser(tx, { id: userId, email: ISSUERS_ADDRESS, passwordHash: null }, now)
    const name = hostileLine('issuers-name')
    const guest = { id, tenantId, kind: 'user', name, role: 'viewer', scopes: null } as const
    await insertPrincipal(tx, guest, now, userId)
  })

const buryLetter = async (db: Db, tenantId: TenantId) => {
  const now = new Date()
  const queue = hostileLine('letter-queue')
  await db.transaction((tx) =>
    insertDeadLetters(tx, [
      {
        message: {
          id: randomUUID(),
          tenantId,
          queue,
          headers: { [hostileLine('letter-header')]: hostileText('letter-header-value') },
        },
        source: 'rabbitmq',
        reason: hostileText('letter-reason'),
        deliveries: 10,
        history: [{ at: now.toISOString(), reason: hostileLine('letter-history') }],
        enqueuedAt: now,
        diedAt: now,
      },
    ]),
  )
}

const TRIGGER_SCHEMA = {
  type: 'object',
  description: hostileText('schema'),
  required: [hostileLine('property')],
  properties: { [hostileLine('property')]: { default: hostileText('default') } },
}

const fillRuns = async ({ client, clientOf }: RunningCadre) => {
  const { id: agent_id, key } = await registerRemote(client, 'stepper')
  const agent = clientOf(key).tasks
  await client.workflows.publish({
    name: 'hostile',
    version: '1.0.0',
    description: hostileText('workflow-description'),
    tags: [hostileLine('tag')],
    on_failure: 'continue',
    output: { [hostileLine('output-key')]: hostileText('output') },
    payload: { said: hostileText('payload') },
    steps: {
      work: {
        title: hostileLine('step-title'),
        agent: 'stepper',
        input: { said: hostileText('step-input') },
        max_retries: 0,
        compensation: { agent: 'stepper', input: { said: hostileText('undo-input') } },
      },
      fail: {
        needs: 'work',
        agent: 'stepper',
        input: { context: '${trigger}' },
        max_retries: 0,
        on_failure: 'continue',
      },
      ask: {
        needs: 'fail',
        approval: { message: hostileText('question'), input: hostileText('evidence') },
      },
      wait: { needs: 'ask', signal: hostileLine('signal') },
    },
  })
  await client.workflows.publish({
    source: [
      `# ${hostileText('comment')}`,
      'name: commented',
      'version: 1.0.0',
      `trigger: ${JSON.stringify({ schema: TRIGGER_SCHEMA })}`,
      'steps: { wait: { signal: paid } }',
    ].join('\n'),
  })
  const begun = async () => {
    const context = { [hostileLine('context-key')]: hostileText('context') }
    const { run } = await client.runs.trigger('hostile', { context })
    const step = async (name: string) => {
      const { items } = await client.runs.steps(run.id, { step: name })
      return items[0]?.id ?? ''
    }
    const task = async (name: string) => {
      const { items } = await client.runs.steps(run.id, { step: name })
      const id = items[0]?.task_id ?? ''
      await agent.updateStatus(id, { agent_id, new_status: 'IN_PROGRESS' })
      return id
    }
    const result = { said: hostileText('step-result') }
    await agent.updateStatus(await task('work'), { agent_id, new_status: 'DONE', result })
    await agent.reportFailure(await task('fail'), {
      agent_id,
      error_message: hostileText('step-error'),
      category: 'permanent',
    })
    return { id: run.id, ask: await step('ask') }
  }
  const asking = await begun()
  const decided = await begun()
  await client.runs.decide(decided.id, decided.ask, 'approve', { comment: hostileText('comment') })
  const signal = { name: hostileLine('signal'), body: { said: hostileText('signal-body') } }
  await client.runs.signal(decided.id, signal)
  const stopped = await begun()
  await client.runs.cancel(stopped.id, { reason: hostileText('run-cancel-reason') })
  await client.schedules.create({
    name: 'starts-runs',
    every_seconds: 86_400,
    workflow: 'hostile',
    context: { said: hostileText('schedule-context') },
  })
  return { askingRun: asking.id, decidedRun: decided.id, stoppedRun: stopped.id }
}

const fillAccess = async (client: Client, agentId: string) => {
  await client.roles.create({
    name: 'hostile',
    description: hostileText('role-description'),
    permissions: [
      { actions: ['queue.read'], resource: { type: 'Queue', id: hostileLine('role-object') } },
    ],
  })
  await client.grants.create({
    role: 'viewer',
    actions: ['queue.read'],
    resource: { type: 'Queue', id: hostileLine('grant-object') },
    reason: hostileText('grant-reason'),
  })
  const text = (name: string) =>
    `// ${hostileText(name)}\nforbid (principal == User::"nobody", action == Action::"task.cancel", resource);`
  const { id: policyId } = await client.policies.create({
    name: hostileLine('policy-name'),
    description: hostileText('policy-description'),
    text: text('policy-text'),
  })
  await client.policies.activate(policyId)
  await client.policies.revise(policyId, { text: text('policy-revision') })
  const forbidding = await client.policies.create({
    name: hostileLine('forbidding-policy'),
    text: `@id(${JSON.stringify(hostileLine('statement'))}) forbid (principal, action == Action::"agent.manage", resource == Agent::"${agentId}");`,
  })
  await client.policies.activate(forbidding.id, { force: true, confirm_changes: 0 })
  return { policyId }
}

const fillPeople = async ({ client, clientOf, url }: RunningCadre) => {
  const member = await client.members.create({
    email: `o'-attack-'o@example.com`,
    name: hostileLine('member'),
    role: 'admin',
    password: PASSWORD,
  })
  await client.invitations.create({ email: `i'-attack-'o@example.com`, role: 'viewer' })
  const account = await client.serviceAccounts.create({ name: hostileLine('robot'), role: 'admin' })
  const { key } = await client.keys.create({
    label: hostileLine('robot-key'),
    service_account_id: account.id,
  })
  // Acts of somebody with a hostile name and browser, for the audit log.
  await fetch(`${url}/api/v1/agents/hostile/disable`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'user-agent': hostileLine('user-agent') },
  })
  const { tenant } = await client.tenants.create({
    name: 'hostile',
    display_name: hostileLine('tenant'),
    admin: { name: hostileLine('tenant-admin') },
  })
  await client.tenants.suspend(tenant.id, hostileText('suspension'))
  await clientOf(key).grants.create({
    principal_id: member.id,
    actions: ['agent.read'],
    resource: { type: 'Agent', id: 'hostile' },
    reason: hostileLine('short-reason'),
  })
  return { key }
}
