import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openChromium } from '../support/chromium.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, WAIT_MS_MAX, type Dashboard } from './dashboard.ts'
import { fillWithMarkup, ISSUERS_ADDRESS, type HostileTenant } from './hostile-tenant.ts'
import { attacksOn, hostileLine, hostileText, missingOn, noteAttacks } from './hostile-text.ts'

// Every page of the dashboard, in a tenant where everything that keeps text keeps hostile text.

const ROUTER = join(import.meta.dirname, '../../packages/dashboard/src/router.tsx')
/** Their texts are hostile in the tests of the marketplace. */
const ELSEWHERE = /^\/(?:marketplace|installs)/

/** As long as every other wait on a page. */
const PATIENTLY = { timeout: WAIT_MS_MAX }

interface Visit {
  /** As the router writes it, with what stands behind `?`. */
  path: string
  /** For the place in the path. */
  id?: (made: HostileTenant) => string
  /** What opens more of it. */
  act?: (page: Page, made: HostileTenant) => Promise<void>
  /** Names of the hostile texts that are to be read there. */
  says: string
}

const stepOf = (run: 'askingRun' | 'decidedRun' | 'stoppedRun') => (made: HostileTenant) =>
  made[run]
const press = (page: Page, name: string) => page.getByRole('button', { name }).first().click()

const VISITS: readonly Visit[] = [
  {
    path: '/',
    says: 'done-title failed-title error cancelled-title purged-title running-title progress capability',
  },
  {
    path: '/tasks/$taskId',
    id: ({ done }) => done,
    says: 'done-title done-input-key done-input result-key result tag',
  },
  { path: '/tasks/$taskId', id: ({ failed }) => failed, says: 'failed-title error progress' },
  { path: '/tasks/$taskId', id: ({ purged }) => purged, says: 'other-error purge-reason' },
  { path: '/tasks/$taskId', id: ({ cancelled }) => cancelled, says: 'cancel-reason' },
  { path: '/tasks/$taskId', id: ({ running }) => running, says: 'running-title progress' },
  {
    path: '/',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder('Find a task, an agent or a command').fill('title')
    },
    says: 'done-title failed-title',
  },
  { path: '/workflows', says: 'workflow-description tag' },
  {
    path: '/workflows/$workflow?step=wait',
    says: 'workflow-description tag step-title signal',
  },
  {
    path: '/workflows/$workflow?tab=source',
    says: 'output-key output payload step-title step-input undo-input question evidence signal',
  },
  { path: '/workflows/$workflow?tab=runs', says: 'workflow-description run-cancel-reason' },
  { path: '/workflows/$workflow?tab=versions', says: 'workflow-description' },
  {
    path: '/workflows/$workflow?tab=source',
    id: () => 'commented',
    act: (page) => press(page, 'Trigger'),
    says: 'comment schema property default',
  },
  { path: '/workflows/$workflow/performance', says: '' },
  { path: '/runs', says: 'run-cancel-reason' },
  {
    path: '/runs/$runId?step=work',
    id: stepOf('askingRun'),
    says: 'step-title signal step-input step-result',
  },
  {
    path: '/runs/$runId?step=fail',
    id: stepOf('askingRun'),
    says: 'step-error context-key context',
  },
  { path: '/runs/$runId?step=ask', id: stepOf('decidedRun'), says: 'question evidence comment' },
  { path: '/runs/$runId?step=wait', id: stepOf('decidedRun'), says: 'signal signal-body' },
  {
    path: '/runs/$runId?step=work&undo=true',
    id: stepOf('stoppedRun'),
    says: 'run-cancel-reason undo-input',
  },
  { path: '/runs/$runId?view=timeline', id: stepOf('stoppedRun'), says: 'step-title' },
  { path: '/runs/$runId?view=undo', id: stepOf('stoppedRun'), says: 'step-title' },
  {
    path: '/runs/$runId?view=data',
    id: stepOf('decidedRun'),
    says: 'context-key context payload output-key output',
  },
  {
    path: '/runs/$runId?view=history',
    id: stepOf('decidedRun'),
    says: 'step-error question signal',
  },
  { path: '/approvals', says: 'question evidence' },
  { path: '/agents', says: 'agent-description' },
  {
    path: '/agents/$agentId',
    id: () => 'hostile',
    says: 'agent-description example-title example-input process other-error running-title progress',
  },
  { path: '/schedules', says: 'capability' },
  {
    path: '/schedules',
    act: async (page) => {
      await press(page, 'More about hostile')
      await page.getByRole('menuitem', { name: 'Edit schedule' }).click()
    },
    says: 'schedule-title schedule-input',
  },
  { path: '/queues', says: 'capability' },
  { path: '/quarantine', says: 'step-error error' },
  { path: '/quarantine?group=$group', id: ({ fingerprint }) => fingerprint, says: 'failed-title' },
  {
    path: '/quarantine?tab=dead-letters',
    says: 'letter-reason letter-queue letter-header letter-header-value',
  },
  { path: '/status', says: '' },
  { path: '/reference', says: '' },
  { path: '/account', says: 'robot-key robot browser' },
  { path: '/members', says: 'issuers-name member' },
  { path: '/members?tab=invitations', says: '' },
  {
    path: '/members?tab=service-accounts',
    act: (page) => press(page, 'Keys of robot'),
    says: 'robot robot-key',
  },
  { path: '/access', says: 'role-description role-object' },
  { path: '/access?tab=grants', says: 'robot short-reason grant-object grant-reason member' },
  { path: '/access?tab=policies', says: 'policy-name policy-description forbidding-policy' },
  {
    path: '/access?tab=policies&policy=$policy',
    id: ({ policyId }) => policyId,
    says: 'policy-name policy-description policy-text policy-revision',
  },
  {
    path: '/access?tab=explain',
    act: async (page, { agentId }) => {
      await page.getByLabel('Does what').fill('agent.manage')
      await page.getByLabel('Object').selectOption('Agent')
      await page.getByLabel('Its id').fill(agentId)
      await page.getByRole('button', { name: 'Explain', exact: true }).click()
    },
    says: 'robot forbidding-policy',
  },
  {
    path: '/audit',
    says: 'robot suspension tenant user-agent robot-key member policy-name policy-revision policy-text grant-object grant-reason role-description role-object run-cancel-reason purge-reason',
  },
  { path: '/tenants', says: 'tenant suspension' },
  { path: '/sign-in', says: '' },
  { path: '/invitation', says: '' },
  { path: '/password-reset', says: '' },
]

let cadre: RunningCadre
let browser: Browser
let database: TestDatabase
let dashboard: Dashboard
let made: HostileTenant
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  const db = await database.open()
  ;[cadre, browser] = await Promise.all([
    startCadre({ CADRE_DATABASE_URL: database.url ?? '', CADRE_DEMO_AGENTS: 'false' }),
    openChromium(),
  ])
  made = await fillWithMarkup(cadre, db)
  dashboard = await openDashboard(browser, {
    url: cadre.url,
    key: made.key,
    userAgent: hostileLine('browser'),
  })
  await noteAttacks(dashboard.page)
  await dashboard.page.reload()
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
  await database.drop()
})

/** What is not there, or cannot be, is asked for on purpose. */
const problems = () =>
  dashboard.problems.filter((problem) => !/status of 4(?:00|04|22) /.test(problem))

test.each(VISITS.map((one) => [`${one.path} ${one.says}`, one] as const))(
  '%s → said as text, nothing runs',
  async (_, { path, id, act, says }) => {
    const { page } = dashboard
    dashboard.problems.length = 0
    await dashboard.visit(path.replace(/\$\w+/, id?.(made) ?? 'hostile'))
    await act?.(page, made)
    await expect.poll(() => missingOn(page, says.split(' ').filter(Boolean)), PATIENTLY).toEqual([])
    expect(await attacksOn(page)).toEqual([])
    expect(problems()).toEqual([])
    if (act !== undefined) await page.reload()
  },
)

test('every page of the router → is among those visited', async () => {
  const source = await readFile(ROUTER, 'utf8')
  const paths = [...source.matchAll(/^ {2}path: '([^']+)'/gm)].map(([, path = '']) => path)
  const visited = new Set(VISITS.map(({ path }) => path.split('?')[0]))
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter((path) => !ELSEWHERE.test(path) && !visited.has(path))).toEqual([])
})

test('address that an issuer told → text among the members', async () => {
  await dashboard.visit('/members')
  await dashboard.page.getByText(ISSUERS_ADDRESS).waitFor()
  expect(await attacksOn(dashboard.page)).toEqual([])
})

const HOSTILE = encodeURIComponent(hostileLine('asked'))
test.each([
  `/?q=${HOSTILE}&agent=${HOSTILE}`,
  `/agents?q=${HOSTILE}`,
  `/workflows?q=${HOSTILE}`,
  `/runs?workflow=${HOSTILE}`,
  `/quarantine?q=${HOSTILE}&agent=${HOSTILE}`,
  `/quarantine?group=${HOSTILE}`,
  `/audit?actor=${HOSTILE}&resource=${HOSTILE}`,
  `/access?tab=policies&policy=${HOSTILE}`,
  `/reference?op=${HOSTILE}`,
  `/tasks/${HOSTILE}`,
  `/agents/${HOSTILE}`,
  `/runs/${HOSTILE}?step=${HOSTILE}`,
  `/workflows/${HOSTILE}?version=${HOSTILE}`,
  `/workflows/${HOSTILE}/performance?version=${HOSTILE}`,
  `/nowhere/${HOSTILE}`,
  `/sign-in?failed=${HOSTILE}`,
  `/invitation#${HOSTILE}`,
  `/password-reset#${HOSTILE}`,
  `/?q=javascript:attack()`,
])('markup in the address %s → nothing runs', async (path) => {
  dashboard.problems.length = 0
  await dashboard.visit(path)
  await dashboard.page.getByRole('heading', { level: 1 }).waitFor()
  expect(await attacksOn(dashboard.page)).toEqual([])
  expect(problems()).toEqual([])
})

test('markup that were taken as such → these tests would see it, and nothing would run', async () => {
  const { page } = dashboard
  const found = await page.evaluate((text) => {
    document.body.insertAdjacentHTML('beforeend', text)
    return document.querySelectorAll('[data-attack]').length
  }, hostileText('taken'))
  expect(found).toBeGreaterThan(4)
  await expect
    .poll(() => attacksOn(page), PATIENTLY)
    .toContainEqual(expect.stringMatching(/kept out inline/))
  expect(await attacksOn(page)).not.toContain('ran')
})
