import { availableParallelism, cpus, totalmem } from 'node:os'

/** One line that says what a figure was measured on. */
export const machineLine = (): string =>
  `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform} ${process.arch}`
