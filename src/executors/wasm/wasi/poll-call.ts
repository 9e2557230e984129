import { SUBSCRIPTIONS_MAX } from './budgets.ts'
import type { Stream } from './descriptors.ts'
import { CallFailure, ERRNO, type Errno } from './errno.ts'
import type { Guest } from './guest.ts'

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const TYPE = { clock: 0, fdRead: 1, fdWrite: 2 } as const
const CLOCK_IS_ABSOLUTE = 1
const STREAM_IS_AT_END = 1
const NS_PER_MS = 1e6
/** One wait lasts at most this long; the execution's own deadline ends the program meanwhile. */
const WAIT_MS_MAX = 2 ** 30

interface Event {
  userdata: bigint
  type: number
  errno: Errno
  bytes: bigint
  flags: number
}

interface Alarm {
  userdata: bigint
  clock: number
  /** On that clock, in nanoseconds. */
  dueNs: bigint
}

/** `poll_oneoff`: waits for clocks; the standard streams are always ready. */
export const pollCall = (guest: Guest) => {
  let calls = 0
  return {
    poll_oneoff: (from: number, to: number, count: number, eventCountAt: number) => {
      calls += 1
      if (calls > guest.budgets.pollCallsMax) {
        guest.ending.end({
          outcome: 'trap',
          error: `The program polled more than ${guest.budgets.pollCallsMax} times.`,
        })
      }
      const total = count >>> 0
      if (total === 0 || total > SUBSCRIPTIONS_MAX) throw new CallFailure(ERRNO.invalid)
      guest.memory.check(from, total * SUBSCRIPTION_BYTES)
      guest.memory.check(to, total * EVENT_BYTES)
      guest.memory.check(eventCountAt, 4)
      const events = awaitEvents(guest, from >>> 0, total)
      for (const [index, event] of events.entries()) {
        writeEvent(guest, (to >>> 0) + index * EVENT_BYTES, event)
      }
      guest.memory.setU32(eventCountAt, events.length)
      return ERRNO.success
    },
  }
}

const awaitEvents = (guest: Guest, from: number, total: number): Event[] => {
  const events: Event[] = []
  const alarms: Alarm[] = []
  for (let index = 0; index < total; index += 1) {
    readSubscription(guest, from + index * SUBSCRIPTION_BYTES, { events, alarms })
  }
  if (events.length === 0) waitForFirst(guest, alarms)
  const due = alarms.filter((alarm) => remainingNs(guest, alarm) <= 0n)
  return [...events, ...due.map((alarm) => eventOf(alarm.userdata, TYPE.clock, ERRNO.success))]
}

const readSubscription = (
  guest: Guest,
  at: number,
  found: { events: Event[]; alarms: Alarm[] },
): void => {
  const userdata = guest.memory.u64(at)
  const type = guest.memory.u8(at + 8)
  if (type === TYPE.clock) {
    const alarm = readAlarm(guest, at, userdata)
    if (alarm === null) found.events.push(eventOf(userdata, type, ERRNO.invalid))
    else found.alarms.push(alarm)
  } else if (type === TYPE.fdRead || type === TYPE.fdWrite) {
    found.events.push(streamEvent(guest, { userdata, type, fd: guest.memory.u32(at + 16) }))
  } else throw new CallFailure(ERRNO.invalid)
}

/** Null for a clock that does not exist. */
const readAlarm = (guest: Guest, at: number, userdata: bigint): Alarm | null => {
  const clock = guest.memory.u32(at + 16)
  const timeoutNs = guest.memory.u64(at + 24)
  const isAbsolute = (guest.memory.u16(at + 40) & CLOCK_IS_ABSOLUTE) !== 0
  // Processor time stands still while its program waits, so such a wait would never end.
  if (clock > 1) return null
  return { userdata, clock, dueNs: isAbsolute ? timeoutNs : guest.clocks.exact(clock) + timeoutNs }
}

const remainingNs = (guest: Guest, alarm: Alarm): bigint =>
  alarm.dueNs - guest.clocks.exact(alarm.clock)

const waitForFirst = (guest: Guest, alarms: readonly Alarm[]): void => {
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  for (;;) {
    const waits = alarms.map((alarm) => Number(remainingNs(guest, alarm)) / NS_PER_MS)
    const shortestMs = Math.min(...waits)
    if (shortestMs <= 0) return
    Atomics.wait(cell, 0, 0, Math.min(Math.ceil(shortestMs), WAIT_MS_MAX))
  }
}

const streamEvent = (
  guest: Guest,
  subscription: { userdata: bigint; type: number; fd: number },
): Event => {
  const { userdata, type } = subscription
  const descriptor = guest.descriptors.find(subscription.fd)
  const isReading = type === TYPE.fdRead
  if (descriptor === undefined || (descriptor.stream === 'stdin') !== isReading) {
    return eventOf(userdata, type, ERRNO.badDescriptor)
  }
  const bytes = readyBytes(guest, descriptor.stream)
  const flags = isReading && bytes === 0 ? STREAM_IS_AT_END : 0
  return { ...eventOf(userdata, type, ERRNO.success), bytes: BigInt(bytes), flags }
}

const readyBytes = (guest: Guest, stream: Stream): number =>
  stream === 'stdin' ? guest.stdin.length - guest.stdinOffset : guest.output.freeBytes

const eventOf = (userdata: bigint, type: number, errno: Errno): Event => ({
  userdata,
  type,
  errno,
  bytes: 0n,
  flags: 0,
})

const writeEvent = (guest: Guest, at: number, event: Event): void => {
  guest.memory.span(at, EVENT_BYTES).fill(0)
  guest.memory.setU64(at, event.userdata)
  guest.memory.setU16(at + 8, event.errno)
  guest.memory.setU8(at + 10, event.type)
  guest.memory.setU64(at + 16, event.bytes)
  guest.memory.setU16(at + 24, event.flags)
}
