import { readFileSync } from 'node:fs'

const KIB = 1024

/**
 * Physical memory of a process, in bytes; 0 where the system does not tell (only Linux does) or
 * the process is gone. Linear memory has exact limits of its own; this one is for what a compiler
 * takes, which no other limit covers.
 */
export const residentBytes = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB
  } catch {
    return 0
  }
}
