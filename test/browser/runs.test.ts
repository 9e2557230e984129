import type { Run } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signal } from '../support/signals.ts'
import { lowContrast } from './contrast.ts'
import { asks, MARKUP, openWorkflowSite, type WorkflowSite } from './workflow-site.ts'

let site: WorkflowSite
beforeAll(async () => {
  site = await openWorkflowSite([
    {
      name: 'chain',
      version: '1.0.0',
      steps: {
        first: { title: 'The first', ...asks('answer') },
        second: asks('wait', { needs: 'first' }),
        third: asks('answer', { needs: 'second' }),
      },
    },
    {
      name: 'list',
      version: '1.0.0',
      steps: {
        each: { for_each: 'trigger', agent: 'worker', input: '${item}' },
        sum: asks('answer', { needs: 'each' }),
      },
    },
    {
      name: 'breaks',
      version: '1.0.0',
      steps: {
        before: asks('answer'),
        breaking: asks('fail', { needs: 'before' }),
        after: asks('answer', { needs: 'breaking' }),
      },
    },
    {
      name: 'saga',
      version: '1.0.0',
      on_failure: 'compensate',
      steps: {
        reserve: asks('answer', { compensation: asks('answer') }),
        invoice: asks('answer', { needs: 'reserve', compensation: asks('answer') }),
        parcel: { needs: 'invoice', signal: 'parcel' },
      },
    },
    {
      name: 'stubborn',
      version: '1.0.0',
      steps: {
        book: asks('answer', { compensation: asks('fail always') }),
        parcel: { needs: 'book', signal: 'parcel' },
      },
    },
    {
      name: 'fifty',
      version: '1.0.0',
      steps: Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [
          `step_${index}`,
          asks('answer', { needs: index < 7 ? [] : [`step_${index - 7}`, `step_${index - 6}`] }),
        ]),
      ),
    },
  ])
})
afterAll(() => site.stop())

const node = (name: RegExp) => site.dashboard.page.getByRole('button', { name })
const status = (label: string) =>
  site.dashboard.page.locator('header:has(h1)').getByText(label, { exact: true }).waitFor()

describe('the graph', () => {
  test('moves from running to done before the eyes, without a reload', async () => {
    const { dashboard, trigger, openGate } = site
    const run = await trigger('chain')
    await dashboard.go(`/runs/${run.id}`)
    await node(/^The first, Agent, Done/).waitFor()
    await node(/^second, Agent, Running/).waitFor()
    await node(/^third, Agent, Not begun/).waitFor()
    await status('Running')
    await dashboard.keepScreenshot('run-running')
    openGate()
    await node(/^third, Agent, Done/).waitFor()
    await status('Completed')
    expect(dashboard.problems).toEqual([])
    await dashboard.keepScreenshot('run-done')
  })

  test('a step → its task, its output as text and what it cost', async () => {
    const { page } = site.dashboard
    await node(/^The first/).click()
    const panel = page.getByRole('region', { name: 'Step The first' })
    await panel.getByText('Open its task').waitFor()
    await panel.getByText('document.title=2', { exact: false }).waitFor()
    await panel.getByText('$0.25').first().waitFor()
    // The graph drew together to make room: all of it is still in sight.
    await page.waitForFunction(() => {
      const box = document.querySelector('.react-flow')?.getBoundingClientRect()
      const nodes = [...document.querySelectorAll('.react-flow__node')]
      return (
        box !== undefined &&
        nodes.every((each) => {
          const { left, right } = each.getBoundingClientRect()
          return left >= box.left && right <= box.right
        })
      )
    })
    expect(page.url()).toContain('step=first')
    await page.keyboard.press('j')
    await panel.getByRole('button', { name: 'Close the step' }).click()
    await panel.waitFor({ state: 'detached' })
  })

  test('fifty steps → all in sight, readable and none over another', async () => {
    const { dashboard, runThrough } = site
    const run = await runThrough('fifty')
    await dashboard.go(`/runs/${run.id}`)
    await status('Completed')
    await node(/^step_49, Agent, Done/).waitFor()
    const boxes = await dashboard.page
      .locator('.react-flow__node')
      .evaluateAll((nodes) => nodes.map((each) => each.getBoundingClientRect().toJSON()))
    expect(boxes).toHaveLength(50)
    for (const { height } of boxes) expect(height).toBeGreaterThan(30)
    await dashboard.page.locator('.react-flow').scrollIntoViewIfNeeded()
    await dashboard.keepScreenshot('run-fifty-steps')
  })

  test('in the whole window → Escape leads back, and so does opening a step', async () => {
    const { page, keepScreenshot } = site.dashboard
    const fill = page.getByRole('button', { name: 'Fill the window' })
    await fill.click()
    await page.getByRole('button', { name: 'Back to the page' }).waitFor()
    await keepScreenshot('run-whole-window')
    await page.keyboard.press('Escape')
    await fill.click()
    await node(/^step_20, Agent, Done/).click()
    await page.getByRole('region', { name: 'Step step_20' }).waitFor()
    await page.getByRole('button', { name: 'Close the step' }).click()
  })

  test('the keyboard → goes through the steps and opens one', async () => {
    const { page } = site.dashboard
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/step=step_1$/)
    await page.getByRole('button', { name: 'Close the step' }).click()
  })

  test('a list of eighty → one node, its elements a page at a time', async () => {
    const { dashboard, trigger } = site
    const run = await trigger(
      'list',
      Array.from({ length: 80 }, () => 'answer'),
    )
    await dashboard.go(`/runs/${run.id}`)
    await status('Completed')
    await node(/^each, For each, Done/).waitFor()
    expect(await dashboard.page.locator('.react-flow__node').count()).toBe(2)
    await node(/^each, For each, Done/).click()
    const elements = dashboard.page.getByRole('region', { name: 'Elements' })
    await elements.getByText('80 of 80 elements ended').waitFor()
    const rows = elements.locator('ol > li')
    await elements.getByRole('button', { name: 'Load more' }).waitFor()
    expect(await rows.count()).toBeLessThan(60)
    await elements.getByRole('button', { name: /^Done 7 / }).click()
    await dashboard.page.getByText('element 7', { exact: false }).waitFor()
  })
})

describe('the time line', () => {
  test('steps and attempts; a zoom narrows it, the whole run widens it again', async () => {
    const { dashboard, trigger } = site
    const run = await trigger('list', ['answer', 'answer'])
    await dashboard.go(`/runs/${run.id}?view=timeline`)
    await status('Completed')
    const { page } = dashboard
    await page.getByRole('button', { name: 'Elements of each' }).click()
    await page.getByRole('list', { name: 'Elements of each' }).getByText('each 1').waitFor()
    const whole = page.getByRole('button', { name: 'Whole run' })
    expect(await whole.isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByRole('button', { name: 'Earlier' }).waitFor()
    await dashboard.keepScreenshot('run-timeline')
    await whole.click()
    await page.getByRole('button', { name: 'Earlier' }).waitFor({ state: 'detached' })
  })
})

describe('running again', () => {
  test('from what failed → the result before it is kept, the rest runs', async () => {
    const { dashboard, trigger, mend } = site
    const { page } = dashboard
    const run = await trigger('breaks')
    await dashboard.go(`/runs/${run.id}`)
    await status('Failed')
    // Stored markup stays text, wherever it is shown.
    await page.getByText(MARKUP, { exact: false }).first().waitFor()
    await node(/^breaking, Agent, Failed/).click()
    await page.getByRole('region', { name: 'Attempts' }).getByText(MARKUP).waitFor()
    expect(await page.title()).toMatch(/^breaks/)
    await dashboard.keepScreenshot('run-failed')
    mend()
    await page.getByRole('button', { name: 'Run again', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Run again' })
    expect(await dialog.getByRole('radio', { name: 'From what failed' }).isChecked()).toBe(true)
    await dashboard.keepScreenshot('run-again')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await page.waitForURL((url) => !url.pathname.includes(run.id))
    await status('Completed')
    await page.getByRole('link', { name: /^rerun of/ }).waitFor()
    await node(/^before, Agent, Done/)
      .getByText('kept')
      .waitFor()
    expect(dashboard.problems).toEqual([])
  })
})

describe('cancelling', () => {
  test('with what was done undone → shown in the order of undoing, until it is over', async () => {
    const { dashboard, trigger } = site
    const { page } = dashboard
    const run = await trigger('saga')
    await dashboard.go(`/runs/${run.id}?view=undo`)
    const groups = page.getByRole('list', { name: 'In the order of undoing' }).locator('> li')
    await groups.nth(1).getByText('reserve').waitFor()
    await page.getByText('To be undone if need be').first().waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Cancel this run?' })
    await dialog.getByText('2 compensations in reverse order').waitFor()
    await dialog.getByLabel('Reason').fill('The customer changed their mind')
    await dashboard.keepScreenshot('run-cancel')
    await dialog.getByRole('button', { name: 'Cancel and undo' }).click()
    await status('Undone')
    expect(await groups.count()).toBe(2)
    await groups.nth(0).getByText('First', { exact: true }).waitFor()
    await groups.nth(1).getByText('Then', { exact: true }).waitFor()
    await groups.nth(0).getByText('invoice').waitFor()
    await groups.nth(1).getByText('reserve').waitFor()
    await groups.nth(1).getByText('Undone', { exact: true }).waitFor()
    await dashboard.keepScreenshot('run-undone')
    await page.getByRole('radio', { name: 'Graph' }).click()
    await node(/^parcel, Signal, Cancelled/).waitFor()
  })

  test('an undoing that fails → held; a person skips it, with a comment that is kept', async () => {
    const { dashboard, trigger, cadre } = site
    const { page } = dashboard
    const run = await trigger('stubborn')
    await dashboard.go(`/runs/${run.id}?view=undo`)
    await page.getByText('To be undone if need be').waitFor()
    await cadre.client.runs.cancel(run.id)
    await page.getByText(/^Waits for a person to decide about the undoing of/).waitFor()
    await page.getByText('1 held, for a person to decide').waitFor()
    await page.getByRole('list', { name: 'In the order of undoing' }).getByText(MARKUP).waitFor()
    await dashboard.keepScreenshot('run-undoing-held')
    await page.getByRole('button', { name: 'Skip' }).click()
    const dialog = page.getByRole('dialog', { name: 'Leave it out?' })
    await dialog.getByLabel('Comment').fill(`By telephone ${MARKUP}`)
    await dialog.getByRole('button', { name: 'Skip' }).click()
    await status('Undone')
    await page.getByText('Skipped', { exact: true }).click()
    const panel = page.getByRole('region', { name: 'Step book' })
    await panel.getByText(`By telephone ${MARKUP}`).waitFor()
    await panel.getByText('by administrator').waitFor()
    expect(await page.title()).toMatch(/^stubborn/)
    expect(dashboard.problems).toEqual([])
  })
})

test('a run that ends while its page loads → shown as ended', async () => {
  const { dashboard, trigger, closeGate, openGate, cadre } = site
  const { page } = dashboard
  closeGate()
  const run = await trigger('chain')
  const isAnswered = signal()
  const isRead = signal()
  const address = `**/api/v1/runs/${run.id}`
  await page.route(address, async (route) => {
    const answer = await route.fetch()
    isAnswered.fire()
    await isRead.promise
    await route.fulfill({ response: answer })
  })
  await page.goto(`${cadre.url}/runs/${run.id}`)
  await isAnswered.promise
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()
  // Steps are asked for again once the page has heard of their end.
  const heard = page.waitForResponse(
    async (response) =>
      response.url().includes(`${run.id}/steps`) && !(await response.text()).includes('"RUNNING"'),
  )
  openGate()
  await heard
  isRead.fire()
  await status('Completed')
  await page.unroute(address)
})

test('paused and resumed → said at once, whoever did it', async () => {
  const { dashboard, trigger, cadre } = site
  const { page } = dashboard
  const run = await trigger('saga')
  await dashboard.go(`/runs/${run.id}`)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Paused', { exact: true }).waitFor()
  expect((await cadre.client.runs.get(run.id)).is_paused).toBe(true)
  await cadre.client.runs.resume(run.id)
  await page.getByText('Paused', { exact: true }).waitFor({ state: 'detached' })
})

test('a signal, sent by hand → the step that waits for it is done', async () => {
  const { dashboard, trigger } = site
  const { page } = dashboard
  const run = await trigger('saga')
  await dashboard.go(`/runs/${run.id}`)
  await node(/^parcel, Signal, Waits/).waitFor()
  await page.getByRole('button', { name: 'Signal' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Send a signal' })
  expect(await dialog.getByLabel('Name').inputValue()).toBe('parcel')
  await dialog.getByLabel('Body').fill('{ not json')
  await dialog.getByText(/^Not JSON yet/).waitFor()
  await dialog.getByLabel('Body').fill('{ "weight": 2 }')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await status('Completed')
})

describe('the list', () => {
  test('a run that begins and ends elsewhere → appears and changes without a reload', async () => {
    const { dashboard, trigger, closeGate, openGate } = site
    closeGate()
    await dashboard.go('/runs?workflow=chain')
    const rows = dashboard.page.locator('li [data-row]')
    await rows.first().waitFor()
    const before = await rows.count()
    await trigger('chain')
    await rows.nth(before).waitFor()
    await rows.first().getByRole('img', { name: 'Running' }).waitFor()
    openGate()
    await rows.first().getByRole('img', { name: 'Completed' }).waitFor()
    await dashboard.keepScreenshot('runs')
  })

  test('a run that ends while an older list is on its way → stays ended', async () => {
    const { dashboard, trigger, closeGate, openGate } = site
    const { page } = dashboard
    closeGate()
    const ending = await trigger('chain')
    await dashboard.go('/runs')
    const row = (run: Run) => page.locator(`li [data-row][href^="/runs/${run.id}"]`)
    await row(ending).getByRole('img', { name: 'Running' }).waitFor()
    const begun = signal<Run>()
    const isAnswered = signal()
    const isRead = signal()
    await page.route('**/api/v1/runs?*', async (route) => {
      const answer = await route.fetch()
      const isLatest = (await answer.text()).includes((await begun.promise).id)
      if (isLatest) isAnswered.fire()
      await isRead.promise
      await route.fulfill({ response: answer })
    })
    const arriving = await trigger('chain')
    begun.fire(arriving)
    await isAnswered.promise
    openGate()
    await row(ending).getByRole('img', { name: 'Completed' }).waitFor()
    isRead.fire()
    await row(arriving).getByRole('img', { name: 'Completed' }).waitFor()
    expect(await row(ending).getByRole('img').first().getAttribute('aria-label')).toBe('Completed')
    await page.unroute('**/api/v1/runs?*')
  })

  test('filters → in the address, and nothing else shown', async () => {
    const { page, go } = site.dashboard
    await go('/runs')
    await page.getByRole('radio', { name: 'Failed' }).click()
    await page.waitForURL(/status=FAILED/)
    await page.locator('ul[aria-label="Runs"]:not([aria-busy])').waitFor()
    const rows = page.locator('li [data-row]')
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('breaks')])
    await page.getByRole('button', { name: 'Needs attention' }).click()
    await page.getByText('No run matches').waitFor()
    await page.getByRole('link', { name: 'Clear filters' }).click()
    await page.locator('li [data-row]', { hasText: 'chain' }).first().waitFor()
  })

  test('no such run → said, with a way on', async () => {
    const { page } = site.dashboard
    await page.goto(`${site.cadre.url}/runs/00000000-0000-7000-8000-000000000000`)
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor()
    await page.getByRole('link', { name: 'See all runs' }).waitFor()
  })
})

test('every view of a run → readable contrast', async () => {
  const { dashboard, trigger } = site
  const run = await trigger('breaks')
  for (const view of ['graph', 'timeline', 'data', 'history']) {
    await dashboard.go(`/runs/${run.id}?view=${view}&step=breaking`)
    await status('Completed')
    expect(await lowContrast(dashboard.page)).toEqual([])
  }
})
