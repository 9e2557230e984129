import { rm } from 'node:fs/promises'
import { contenders } from './contenders.ts'
import { installPackages } from './packages.ts'
import { showTable } from './table.ts'
import { FULL, measure, QUICK, type PeerFigures } from './workloads.ts'

/** Exact versions, installed into a temporary folder. */
const PACKAGES = [
  'graphile-worker@0.18.0',
  'pg@8.23.1',
  'pg-boss@12.35.0',
  'bullmq@6.7.0',
  'ioredis@5.8.2',
  '@restatedev/restate-sdk@1.17.2',
  '@restatedev/restate-server@1.7.12',
]

/**
 * The same jobs on Cadre and on others, one after the other, and a table of both. `--quick` runs a
 * small part of each workload, `--only NAME` those whose name holds it.
 */
export const benchPeers = async (options: { isQuick: boolean; only: string }): Promise<void> => {
  const packages = await installPackages(PACKAGES)
  try {
    const chosen = contenders(packages).filter(({ name }) =>
      name.toLowerCase().includes(options.only.toLowerCase()),
    )
    const figures: PeerFigures[] = []
    for (const peer of chosen) {
      process.stderr.write(`measuring ${peer.name}\n`)
      const measured = await measure(peer, packages, options.isQuick ? QUICK : FULL).catch(
        (error: unknown) => void process.stderr.write(`${peer.name}: ${String(error)}\n`),
      )
      if (measured !== undefined) figures.push(measured)
    }
    showTable(figures)
  } finally {
    await rm(packages, { recursive: true, force: true })
  }
}
