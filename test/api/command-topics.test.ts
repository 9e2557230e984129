import type { Json, TaskMessage } from '@cadre/contract'
import { connect } from 'amqplib'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { untilRunTells } from '../support/run-waiting.ts'
import { inbox } from '../support/signals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The topics of commands, as somebody follows them who only has the broker.

const EXCHANGE = 'cadre.commands'

let vhost: TestVhost
let cadre: RunningCadre
beforeAll(async () => {
  vhost = await createTestVhost()
  cadre = await startCadre({ RABBITMQ_URL: vhost.url })
})
afterAll(async () => {
  await cadre.stop()
  await vhost.drop()
})

const example = (name: string) =>
  readFile(new URL(`../../examples/${name}`, import.meta.url), 'utf8')

test('a saga that fails → its actions, tries again included, under one topic, what undoes them under the other', async () => {
  const model = await connect(vhost.url)
  try {
    const channel = await model.createChannel()
    const follow = async (topic: string) => {
      const seen = inbox<TaskMessage>()
      const { queue } = await channel.assertQueue('', { exclusive: true })
      await channel.bindQueue(queue, EXCHANGE, topic)
      await channel.consume(queue, (message) => {
        if (message !== null) seen.put(JSON.parse(String(message.content)) as TaskMessage)
      })
      return seen
    }
    const actions = await follow('action.#')
    const undoing = await follow('compensation.#')
    await cadre.client.workflows.publish({ source: await example('order-saga.yaml') })
    const context = JSON.parse(await example('data/order-declined.json')) as Json
    const { run } = await cadre.client.runs.trigger('order-saga', { context })
    await untilRunTells(cadre, run.id, 'run.compensated')
    await cadre.client.tasks.create({ agent_id: 'word-count', input: 'no step of a run' })

    const { items: steps } = await cadre.client.runs.steps(run.id)
    const tasksOf = (isCompensation: boolean) =>
      steps
        .filter((step) => step.is_compensation === isCompensation)
        .flatMap(({ task_id }) => task_id ?? [])
    await undoing.count(3)
    const seen = (messages: readonly TaskMessage[]) =>
      new Set(messages.map(({ task_id }) => task_id))
    expect(seen(undoing.items)).toEqual(new Set(tasksOf(true)))
    expect(seen(actions.items)).toEqual(new Set(tasksOf(false)))
    const pay = steps.find(({ step }) => step === 'pay')
    const tries = actions.items.filter(({ task_id }) => task_id === pay?.task_id)
    expect(tries.map(({ attempt, command }) => [attempt, command])).toEqual([
      [1, 'action'],
      [2, 'action'],
    ])
  } finally {
    await model.close()
  }
})
