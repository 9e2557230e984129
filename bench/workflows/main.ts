import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  startCadreEmbedded,
  startCadreOnRabbitMq,
  startOnPostgres,
  startRestate,
} from '../peers/contenders.ts'
import { installPackages } from '../peers/packages.ts'
import type { Peer } from '../peers/peer.ts'

const PACKAGES = [
  '@restatedev/restate-sdk@1.17.2',
  '@restatedev/restate-server@1.7.12',
  '@dbos-inc/dbos-sdk@5.3.0',
]
const WORKER = join(import.meta.dirname, 'worker.mjs')
const CHAIN_STEPS = 10
const WIDTH = 100
const PRODUCERS = 64
const FULL = { runs: 1_000, alone: 100 }
const QUICK = { runs: 100, alone: 20 }

type Contender = Pick<Peer, 'program' | 'name' | 'start'>

interface Measured {
  steps: number
  ms: number
}

interface Figures {
  name: string
  chain: Measured
  wide: Measured
  alone: Measured
}

/**
 * The same runs on Cadre, Restate and DBOS, one after the other: 1,000 of a chain of ten steps,
 * 1,000 of one step that fans out to a hundred and gathers them, and chains alone, one by one.
 */
export const benchWorkflows = async (options: {
  isQuick: boolean
  only: string
}): Promise<void> => {
  const packages = await installPackages(PACKAGES)
  const contenders: Contender[] = [
    { program: 'cadre', name: 'Cadre (PostgreSQL, RabbitMQ)', start: startCadreOnRabbitMq },
    { program: 'cadre', name: 'Cadre (embedded)', start: startCadreEmbedded },
    { program: 'restate', name: 'Restate', start: () => startRestate(packages) },
    { program: 'dbos', name: 'DBOS', start: startOnPostgres },
  ]
  try {
    const figures: Figures[] = []
    for (const contender of contenders) {
      if (!contender.name.toLowerCase().includes(options.only.toLowerCase())) continue
      process.stderr.write(`measuring ${contender.name}\n`)
      figures.push(await measure(contender, packages, options.isQuick ? QUICK : FULL))
    }
    show(figures)
  } finally {
    await rm(packages, { recursive: true, force: true })
  }
}

const measure = async (
  { program, name, start }: Contender,
  packages: string,
  extent: typeof FULL,
): Promise<Figures> => {
  const site = await start()
  const shape = JSON.stringify({ chainSteps: CHAIN_STEPS, width: WIDTH })
  const child = fork(WORKER, [program, JSON.stringify(site.address), packages, shape], {
    env: { ...process.env, RESTATE_LOGGING: 'ERROR' },
  })
  const exited = once(child, 'exit')
  const answer = async (): Promise<unknown> => {
    const ended = exited.then(() => Promise.reject(new Error(`${name} ended early.`)))
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
    return message
  }
  const ask = async (order: object): Promise<Measured> => {
    child.send(order)
    return (await answer()) as Measured
  }
  try {
    await answer()
    await ask({ kind: 'chain', runs: 50, producers: 8 })
    return {
      name,
      chain: await ask({ kind: 'chain', runs: extent.runs, producers: PRODUCERS }),
      wide: await ask({ kind: 'wide', runs: extent.runs, producers: PRODUCERS }),
      alone: await ask({ kind: 'alone', runs: extent.alone }),
    }
  } finally {
    if (child.connected) child.send('stop')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(timer)
    await site.stop()
  }
}

const show = (figures: readonly Figures[]): void => {
  const perSecond = ({ steps, ms }: Measured) => `${Math.round((steps / ms) * 1_000)}`
  const rows = [
    ['', 'chain, steps/s', `1→${WIDTH}→1, steps/s`, 'a chain alone, ms/step'],
    ...figures.map(({ name, chain, wide, alone }) => [
      name,
      perSecond(chain),
      perSecond(wide),
      (alone.ms / alone.steps).toFixed(2),
    ]),
  ]
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of rows)
    console.log(row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '))
}
