import { describe, expect, test } from 'vitest'
import { createTestGuest } from '../testing/guest-fixture.ts'
import { ERRNO } from './errno.ts'
import { GuestEnded } from './guest-end.ts'

const PAGE = 65_536
const FROM = 0
const TO = 8_192
const COUNT_AT = 4_096
const MS = 1_000_000n

type Guest = ReturnType<typeof createTestGuest>

const subscribeClock = (
  guest: Guest,
  index: number,
  clock: { id?: number; timeoutNs: bigint; isAbsolute?: boolean },
): void => {
  const at = FROM + index * 48
  guest.view().setBigUint64(at, BigInt(index + 100), true)
  guest.view().setUint8(at + 8, 0)
  guest.view().setUint32(at + 16, clock.id ?? 1, true)
  guest.view().setBigUint64(at + 24, clock.timeoutNs, true)
  guest.view().setUint16(at + 40, clock.isAbsolute === true ? 1 : 0, true)
}

const subscribeStream = (guest: Guest, index: number, stream: { type: number; fd: number }) => {
  const at = FROM + index * 48
  guest.view().setBigUint64(at, BigInt(index + 100), true)
  guest.view().setUint8(at + 8, stream.type)
  guest.view().setUint32(at + 16, stream.fd, true)
}

const poll = (guest: Guest, count: number) => {
  const errno = guest.call('poll_oneoff', FROM, TO, count, COUNT_AT)
  const total = guest.view().getUint32(COUNT_AT, true)
  const events = Array.from({ length: total }, (_, index) => ({
    userdata: Number(guest.view().getBigUint64(TO + index * 32, true)),
    errno: guest.view().getUint16(TO + index * 32 + 8, true),
    type: guest.view().getUint8(TO + index * 32 + 10),
    bytes: Number(guest.view().getBigUint64(TO + index * 32 + 16, true)),
    flags: guest.view().getUint16(TO + index * 32 + 24, true),
  }))
  return { errno, events }
}

describe('poll_oneoff', () => {
  test('clock alone → waits that long', () => {
    const guest = createTestGuest()
    subscribeClock(guest, 0, { timeoutNs: 30n * MS })
    const before = performance.now()
    expect(poll(guest, 1)).toMatchObject({ errno: 0, events: [{ userdata: 100, type: 0 }] })
    expect(performance.now() - before).toBeGreaterThanOrEqual(29)
  })

  test('several clocks → the earliest alone', () => {
    const guest = createTestGuest()
    subscribeClock(guest, 0, { timeoutNs: 3_600_000n * MS })
    subscribeClock(guest, 1, { timeoutNs: 5n * MS })
    expect(poll(guest, 2).events.map(({ userdata }) => userdata)).toEqual([101])
  })

  test('absolute time in the past → at once', () => {
    const guest = createTestGuest()
    subscribeClock(guest, 0, { id: 0, timeoutNs: 1n, isAbsolute: true })
    expect(poll(guest, 1).events).toHaveLength(1)
  })

  test('unknown clock, processor clock → an event with EINVAL', () => {
    const guest = createTestGuest()
    subscribeClock(guest, 0, { id: 9, timeoutNs: 1n })
    subscribeClock(guest, 1, { id: 2, timeoutNs: 1n })
    expect(poll(guest, 2).events).toMatchObject([
      { userdata: 100, errno: ERRNO.invalid },
      { userdata: 101, errno: ERRNO.invalid },
    ])
  })

  test('stdin → ready with its bytes, then at its end', () => {
    const guest = createTestGuest({ stdin: 'abc' })
    subscribeStream(guest, 0, { type: 1, fd: 0 })
    expect(poll(guest, 1).events).toEqual([
      { userdata: 100, errno: 0, type: 1, bytes: 3, flags: 0 },
    ])
    guest.view().setUint32(200, 300, true)
    guest.view().setUint32(204, 10, true)
    guest.call('fd_read', 0, 200, 1, 208)
    expect(poll(guest, 1).events).toMatchObject([{ bytes: 0, flags: 1 }])
  })

  test('stdout beside a long clock → ready at once, the clock is not due', () => {
    const guest = createTestGuest({ outputBytesMax: 77 })
    subscribeClock(guest, 0, { timeoutNs: 3_600_000n * MS })
    subscribeStream(guest, 1, { type: 2, fd: 1 })
    expect(poll(guest, 2).events).toEqual([
      { userdata: 101, errno: 0, type: 2, bytes: 77, flags: 0 },
    ])
  })

  test('closed or unfit descriptor → an event with EBADF', () => {
    const guest = createTestGuest()
    subscribeStream(guest, 0, { type: 1, fd: 5 })
    subscribeStream(guest, 1, { type: 2, fd: 0 })
    expect(poll(guest, 2).events).toMatchObject([
      { errno: ERRNO.badDescriptor },
      { errno: ERRNO.badDescriptor },
    ])
  })

  test('no or too many subscriptions, unknown type → EINVAL', () => {
    const guest = createTestGuest()
    expect(poll(guest, 0).errno).toBe(ERRNO.invalid)
    expect(poll(guest, 1_025).errno).toBe(ERRNO.invalid)
    subscribeStream(guest, 0, { type: 3, fd: 1 })
    expect(poll(guest, 1).errno).toBe(ERRNO.invalid)
  })

  test('any of its three places outside the memory → EFAULT', () => {
    const guest = createTestGuest()
    expect(guest.call('poll_oneoff', PAGE - 47, TO, 1, COUNT_AT)).toBe(ERRNO.fault)
    expect(guest.call('poll_oneoff', FROM, PAGE - 31, 1, COUNT_AT)).toBe(ERRNO.fault)
    expect(guest.call('poll_oneoff', FROM, TO, 1, PAGE - 3)).toBe(ERRNO.fault)
  })

  test('events written over the subscriptions → every subscription was read before', () => {
    const guest = createTestGuest()
    subscribeStream(guest, 0, { type: 2, fd: 1 })
    subscribeStream(guest, 1, { type: 2, fd: 2 })
    expect(guest.call('poll_oneoff', FROM, FROM, 2, COUNT_AT)).toBe(ERRNO.success)
    expect(guest.view().getBigUint64(32, true)).toBe(101n)
  })

  test('more calls than the budget → the program ends', () => {
    const guest = createTestGuest({ budgets: { pollCallsMax: 2 } })
    subscribeStream(guest, 0, { type: 2, fd: 1 })
    poll(guest, 1)
    poll(guest, 1)
    expect(() => poll(guest, 1)).toThrow(GuestEnded)
    expect(guest.ends).toMatchObject([{ outcome: 'trap' }])
  })
})
