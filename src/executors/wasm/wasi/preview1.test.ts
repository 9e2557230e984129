import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isWasiName, WASI_PARAMETERS, type WasiName } from '../module/wasi-signatures.ts'
import { createTestGuest, type GuestOptions } from '../testing/guest-fixture.ts'
import { CLOCK_RESOLUTION_NS } from './budgets.ts'
import { ERRNO } from './errno.ts'
import { GuestEnded } from './guest-end.ts'

const PAGE = 65_536
/** A scattered buffer list at 0: `[pointer, length]` pairs. */
const putBuffers = (view: DataView, ...pairs: [number, number][]): void =>
  pairs.forEach(([pointer, length], index) => {
    view.setUint32(index * 8, pointer, true)
    view.setUint32(index * 8 + 4, length, true)
  })

test('every function of preview 1 is there, and nothing else', () => {
  expect(createTestGuest().names.sort()).toEqual(Object.keys(WASI_PARAMETERS).sort())
})

const ARGUMENT_VALUES = [
  0,
  1,
  2,
  3,
  8,
  1_024,
  PAGE - 8,
  PAGE - 1,
  PAGE,
  2 ** 31 - 1,
  -(2 ** 31),
  -8,
  -1,
]

test('any call with any arguments → an error number or the end, never another exception', () => {
  const argument = fc.oneof(fc.constantFrom(...ARGUMENT_VALUES), fc.integer())
  // What the other calls leave in memory may rightly make poll_oneoff wait for ever.
  const names = Object.keys(WASI_PARAMETERS).filter((name) => name !== 'poll_oneoff')
  const name = fc.constantFrom(...names.filter(isWasiName))
  const calls = fc.array(fc.tuple(name, fc.array(argument, { minLength: 9, maxLength: 9 })))
  fc.assert(
    fc.property(calls, (sequence) => {
      const guest = createTestGuest({ stdin: 'input', args: ['a'], env: ['b=c'] })
      for (const [call, values] of sequence) callAnyhow(guest, call, values)
    }),
    { numRuns: 1_000 },
  )
})

const callAnyhow = (
  guest: ReturnType<typeof createTestGuest>,
  name: WasiName,
  values: readonly number[],
): void => {
  const typed = [...WASI_PARAMETERS[name]].map((type, index) => {
    const value = values[index] ?? 0
    return type === 'I' ? BigInt(value) : value
  })
  try {
    expect(Object.values(ERRNO)).toContain(guest.call(name, ...typed))
  } catch (error) {
    expect(error).toBeInstanceOf(GuestEnded)
  }
}

describe('args and environ', () => {
  const options: GuestOptions = { args: ['agent', 'grün'], env: ['A=1', 'B='] }

  test('args_sizes_get → number and bytes with their zero bytes', () => {
    const guest = createTestGuest(options)
    expect(guest.call('args_sizes_get', 0, 4)).toBe(ERRNO.success)
    expect([guest.view().getUint32(0, true), guest.view().getUint32(4, true)]).toEqual([2, 12])
  })

  test('args_get → pointers to zero-terminated strings', () => {
    const guest = createTestGuest(options)
    expect(guest.call('args_get', 0, 100)).toBe(ERRNO.success)
    expect([guest.view().getUint32(0, true), guest.view().getUint32(4, true)]).toEqual([100, 106])
    expect(guest.text(100, 12)).toBe('agent\0grün\0')
  })

  test('environ_get and environ_sizes_get → the given variables alone', () => {
    const guest = createTestGuest(options)
    expect(guest.call('environ_sizes_get', 0, 4)).toBe(ERRNO.success)
    expect([guest.view().getUint32(0, true), guest.view().getUint32(4, true)]).toEqual([2, 7])
    expect(guest.call('environ_get', 8, 100)).toBe(ERRNO.success)
    expect(guest.text(100, 7)).toBe('A=1\0B=\0')
  })

  test('pointers outside the memory → EFAULT', () => {
    const guest = createTestGuest(options)
    expect(guest.call('args_sizes_get', 0, PAGE - 3)).toBe(ERRNO.fault)
    expect(guest.call('args_get', PAGE - 4, 100)).toBe(ERRNO.fault)
    expect(guest.call('environ_get', 0, -1)).toBe(ERRNO.fault)
  })
})

describe('fd_write', () => {
  test('several buffers → written in order, their sum answered', () => {
    const guest = createTestGuest()
    guest.put(100, 'one two')
    putBuffers(guest.view(), [104, 3], [100, 3])
    expect(guest.call('fd_write', 1, 0, 2, 50)).toBe(ERRNO.success)
    expect(guest.written('stdout')).toBe('twoone')
    expect(guest.view().getUint32(50, true)).toBe(6)
  })

  test('stdout and stderr → kept apart', () => {
    const guest = createTestGuest()
    guest.put(100, 'abc')
    putBuffers(guest.view(), [100, 3])
    guest.call('fd_write', 2, 0, 1, 50)
    guest.call('fd_write', 1, 0, 1, 50)
    guest.call('fd_write', 2, 0, 1, 50)
    expect([guest.written('stdout'), guest.written('stderr')]).toEqual(['abc', 'abcabc'])
  })

  test('stdin, unknown and closed descriptors → EBADF', () => {
    const guest = createTestGuest()
    expect(guest.call('fd_write', 0, 0, 0, 50)).toBe(ERRNO.badDescriptor)
    expect(guest.call('fd_write', 3, 0, 0, 50)).toBe(ERRNO.badDescriptor)
    guest.call('fd_close', 1)
    expect(guest.call('fd_write', 1, 0, 0, 50)).toBe(ERRNO.badDescriptor)
  })

  test('buffer, list or result outside the memory → EFAULT, nothing is written', () => {
    const guest = createTestGuest()
    putBuffers(guest.view(), [100, 3], [PAGE - 1, 2])
    expect(guest.call('fd_write', 1, 0, 2, 50)).toBe(ERRNO.fault)
    putBuffers(guest.view(), [0xffff_fff0, 0xffff_fff0])
    expect(guest.call('fd_write', 1, 0, 1, 50)).toBe(ERRNO.fault)
    expect(guest.call('fd_write', 1, -8, 2, 50)).toBe(ERRNO.fault)
    expect(guest.call('fd_write', 1, 0, 0, PAGE - 3)).toBe(ERRNO.fault)
    expect(guest.written('stdout')).toBe('')
  })

  test('more buffers than a call may name → EINVAL', () => {
    const guest = createTestGuest()
    expect(guest.call('fd_write', 1, 0, 1_025, 50)).toBe(ERRNO.invalid)
    expect(guest.call('fd_write', 1, 0, -1, 50)).toBe(ERRNO.invalid)
    expect(guest.call('fd_write', 1, 0, 1_024, 50)).toBe(ERRNO.success)
  })

  test('memory grown since the last call → the new memory is read', () => {
    const guest = createTestGuest()
    guest.call('fd_write', 1, 0, 0, 50)
    guest.memory.grow(1)
    guest.put(PAGE + 100, 'far')
    putBuffers(guest.view(), [PAGE + 100, 3])
    expect(guest.call('fd_write', 1, 0, 1, 50)).toBe(ERRNO.success)
    expect(guest.written('stdout')).toBe('far')
  })

  test('beyond the output limit → what fits is kept, the program ends', () => {
    const guest = createTestGuest({ outputBytesMax: 4 })
    guest.put(100, 'abcdef')
    putBuffers(guest.view(), [100, 6])
    expect(() => guest.call('fd_write', 1, 0, 1, 50)).toThrow(GuestEnded)
    expect(guest.ends).toMatchObject([{ outcome: 'output_limit' }])
    expect(guest.written('stdout')).toBe('abcd')
  })
})

describe('fd_read', () => {
  test('stdin → filled in order, then zero bytes at its end', () => {
    const guest = createTestGuest({ stdin: 'abcdefg' })
    putBuffers(guest.view(), [100, 2], [200, 3])
    expect(guest.call('fd_read', 0, 0, 2, 50)).toBe(ERRNO.success)
    expect([guest.text(100, 2), guest.text(200, 3)]).toEqual(['ab', 'cde'])
    guest.call('fd_read', 0, 0, 2, 50)
    expect([guest.text(100, 2), guest.view().getUint32(50, true)]).toEqual(['fg', 2])
    guest.call('fd_read', 0, 0, 2, 50)
    expect(guest.view().getUint32(50, true)).toBe(0)
  })

  test('stdout, unknown descriptor → EBADF; buffer outside → EFAULT, nothing is consumed', () => {
    const guest = createTestGuest({ stdin: 'abc' })
    expect(guest.call('fd_read', 1, 0, 0, 50)).toBe(ERRNO.badDescriptor)
    expect(guest.call('fd_read', 9, 0, 0, 50)).toBe(ERRNO.badDescriptor)
    putBuffers(guest.view(), [PAGE - 1, 2])
    expect(guest.call('fd_read', 0, 0, 1, 50)).toBe(ERRNO.fault)
    putBuffers(guest.view(), [100, 9])
    guest.call('fd_read', 0, 0, 1, 50)
    expect(guest.text(100, 3)).toBe('abc')
  })
})

describe('descriptors', () => {
  test('fd_close → closed once, then EBADF', () => {
    const guest = createTestGuest()
    expect(guest.call('fd_close', 0)).toBe(ERRNO.success)
    expect(guest.call('fd_close', 0)).toBe(ERRNO.badDescriptor)
  })

  test('fd_renumber → moves onto an open descriptor only', () => {
    const guest = createTestGuest()
    guest.put(100, 'x')
    putBuffers(guest.view(), [100, 1])
    expect(guest.call('fd_renumber', 2, 7)).toBe(ERRNO.badDescriptor)
    expect(guest.call('fd_renumber', 2, 1)).toBe(ERRNO.success)
    expect(guest.call('fd_fdstat_get', 2, 0)).toBe(ERRNO.badDescriptor)
    putBuffers(guest.view(), [100, 1])
    guest.call('fd_write', 1, 0, 1, 50)
    expect(guest.written('stderr')).toBe('x')
  })

  test('fd_fdstat_get → a pipe with rights, never a terminal', () => {
    const guest = createTestGuest()
    new Uint8Array(guest.memory.buffer).fill(0xff)
    expect(guest.call('fd_fdstat_get', 1, 8)).toBe(ERRNO.success)
    expect(guest.view().getUint8(8)).toBe(0)
    expect(guest.view().getUint16(10, true)).toBe(0)
    expect(guest.view().getBigUint64(16, true) & (1n << 6n)).not.toBe(0n)
    expect(guest.view().getBigUint64(24, true)).toBe(0n)
    expect(guest.call('fd_fdstat_get', 1, PAGE - 23)).toBe(ERRNO.fault)
  })

  test('fd_fdstat_set_flags → kept; unknown flags EINVAL', () => {
    const guest = createTestGuest()
    expect(guest.call('fd_fdstat_set_flags', 1, 4)).toBe(ERRNO.success)
    guest.call('fd_fdstat_get', 1, 0)
    expect(guest.view().getUint16(2, true)).toBe(4)
    expect(guest.call('fd_fdstat_set_flags', 1, 32)).toBe(ERRNO.invalid)
  })

  test('fd_fdstat_set_rights → can be given up, never gained', () => {
    const guest = createTestGuest()
    expect(guest.call('fd_fdstat_set_rights', 1, 1n << 1n, 0n)).toBe(ERRNO.notCapable)
    expect(guest.call('fd_fdstat_set_rights', 1, 0n, 0n)).toBe(ERRNO.success)
    expect(guest.call('fd_write', 1, 0, 0, 50)).toBe(ERRNO.notCapable)
    expect(guest.call('fd_fdstat_set_rights', 1, 1n << 6n, 0n)).toBe(ERRNO.notCapable)
  })

  test('fd_filestat_get → a file of unknown type and no size', () => {
    const guest = createTestGuest()
    new Uint8Array(guest.memory.buffer).fill(0xff)
    expect(guest.call('fd_filestat_get', 0, 0)).toBe(ERRNO.success)
    expect(new Uint8Array(guest.memory.buffer, 0, 64).every((byte) => byte === 0)).toBe(true)
    expect(guest.call('fd_filestat_get', 0, PAGE - 63)).toBe(ERRNO.fault)
  })

  test('fd_prestat_get and fd_prestat_dir_name → EBADF: nothing is preopened', () => {
    const guest = createTestGuest()
    for (const fd of [0, 1, 2, 3, 4]) {
      expect(guest.call('fd_prestat_get', fd, 0)).toBe(ERRNO.badDescriptor)
      expect(guest.call('fd_prestat_dir_name', fd, 0, 10)).toBe(ERRNO.badDescriptor)
    }
  })

  test.each([
    ['fd_seek', [0n, 0, 0], ERRNO.seekOnPipe],
    ['fd_seek', [0n, 3, 0], ERRNO.invalid],
    ['fd_tell', [0], ERRNO.seekOnPipe],
    ['fd_pread', [0, 0, 0n, 0], ERRNO.seekOnPipe],
    ['fd_pwrite', [0, 0, 0n, 0], ERRNO.seekOnPipe],
    ['fd_advise', [0n, 0n, 0], ERRNO.seekOnPipe],
    ['fd_advise', [0n, 0n, 6], ERRNO.invalid],
    ['fd_allocate', [0n, 1n], ERRNO.seekOnPipe],
    ['fd_sync', [], ERRNO.invalid],
    ['fd_datasync', [], ERRNO.invalid],
    ['fd_filestat_set_size', [1n], ERRNO.invalid],
    ['fd_filestat_set_times', [0n, 0n, 0], ERRNO.notSupported],
    ['fd_filestat_set_times', [0n, 0n, 16], ERRNO.invalid],
    ['fd_readdir', [0, 0, 0n, 0], ERRNO.notDirectory],
    ['path_create_directory', [0, 0], ERRNO.notDirectory],
    ['path_filestat_get', [0, 0, 0, 0], ERRNO.notDirectory],
    ['path_filestat_set_times', [0, 0, 0, 0n, 0n, 0], ERRNO.notDirectory],
    ['path_link', [0, 0, 0, 0, 0, 0], ERRNO.notDirectory],
    ['path_open', [0, 0, 0, 0, 0n, 0n, 0, 0], ERRNO.notDirectory],
    ['path_readlink', [0, 0, 0, 0, 0], ERRNO.notDirectory],
    ['path_remove_directory', [0, 0], ERRNO.notDirectory],
    ['path_rename', [0, 0, 0, 0, 0], ERRNO.notDirectory],
    ['path_unlink_file', [0, 0], ERRNO.notDirectory],
    ['sock_accept', [0, 0], ERRNO.notSocket],
    ['sock_recv', [0, 0, 0, 0, 0], ERRNO.notSocket],
    ['sock_send', [0, 0, 0, 0], ERRNO.notSocket],
    ['sock_shutdown', [0], ERRNO.notSocket],
  ] as const)(
    '%s → its error number on a stream, EBADF on an unknown descriptor',
    (name, rest, errno) => {
      const guest = createTestGuest()
      expect(guest.call(name, 1, ...rest)).toBe(errno)
      expect(guest.call(name, 3, ...rest)).toBe(ERRNO.badDescriptor)
      expect(guest.call(name, -1, ...rest)).toBe(ERRNO.badDescriptor)
    },
  )

  test('path_symlink → looks at its third argument', () => {
    const guest = createTestGuest()
    expect(guest.call('path_symlink', 3, 0, 1, 0, 0)).toBe(ERRNO.notDirectory)
    expect(guest.call('path_symlink', 1, 0, 3, 0, 0)).toBe(ERRNO.badDescriptor)
  })
})

describe('clocks', () => {
  test.each([0, 1, 2, 3])('clock %i → known resolution, whole steps', (clock) => {
    const guest = createTestGuest()
    expect(guest.call('clock_res_get', clock, 0)).toBe(ERRNO.success)
    expect(guest.view().getBigUint64(0, true)).toBe(CLOCK_RESOLUTION_NS)
    expect(guest.call('clock_time_get', clock, 1n, 8)).toBe(ERRNO.success)
    expect(guest.view().getBigUint64(8, true) % CLOCK_RESOLUTION_NS).toBe(0n)
  })

  test('real time → now; monotonic time → never zero, does not show the host’s', () => {
    const guest = createTestGuest()
    guest.call('clock_time_get', 0, 1n, 0)
    const now = BigInt(Date.now()) * 1_000_000n
    expect(now - guest.view().getBigUint64(0, true)).toBeLessThan(60_000_000_000n)
    guest.call('clock_time_get', 1, 1n, 0)
    const monotonic = guest.view().getBigUint64(0, true)
    expect(monotonic).toBeGreaterThanOrEqual(1_000_000_000n)
    expect(monotonic).toBeLessThan(61_000_000_000n)
  })

  test('unknown clock → EINVAL; result outside the memory → EFAULT', () => {
    const guest = createTestGuest()
    expect(guest.call('clock_time_get', 4, 1n, 0)).toBe(ERRNO.invalid)
    expect(guest.call('clock_res_get', -1, 0)).toBe(ERRNO.invalid)
    expect(guest.call('clock_time_get', 0, 1n, PAGE - 7)).toBe(ERRNO.fault)
    expect(guest.call('clock_res_get', 0, PAGE - 7)).toBe(ERRNO.fault)
  })
})

describe('random_get', () => {
  test('fills exactly the buffer, across the generator’s own chunks', () => {
    const guest = createTestGuest()
    guest.memory.grow(2)
    expect(guest.call('random_get', 16, 2 * PAGE)).toBe(ERRNO.success)
    const bytes = new Uint8Array(guest.memory.buffer)
    expect(bytes.subarray(0, 16).every((byte) => byte === 0)).toBe(true)
    expect(bytes.subarray(16 + 2 * PAGE).every((byte) => byte === 0)).toBe(true)
    expect(new Set(bytes.subarray(2 * PAGE - 1_000, 2 * PAGE)).size).toBeGreaterThan(100)
  })

  test('outside the memory → EFAULT; nothing asked → success', () => {
    const guest = createTestGuest()
    expect(guest.call('random_get', PAGE - 1, 2)).toBe(ERRNO.fault)
    expect(guest.call('random_get', 0, -1)).toBe(ERRNO.fault)
    expect(guest.call('random_get', PAGE, 0)).toBe(ERRNO.success)
  })

  test('beyond the budget → the program ends', () => {
    const guest = createTestGuest({ budgets: { randomBytesMax: 10 } })
    expect(guest.call('random_get', 0, 10)).toBe(ERRNO.success)
    expect(() => guest.call('random_get', 0, 1)).toThrow(GuestEnded)
    expect(guest.ends).toMatchObject([{ outcome: 'trap' }])
  })
})

describe('proc', () => {
  test('proc_exit → ends with its code; every later call unwinds again', () => {
    const guest = createTestGuest()
    expect(() => guest.call('proc_exit', -1)).toThrow(GuestEnded)
    for (const name of guest.names) {
      expect(() => isWasiName(name) && guest.call(name, 0, 0, 0, 0)).toThrow(GuestEnded)
    }
    expect(guest.ends).toEqual([{ outcome: 'exit', exitCode: 0xffff_ffff }])
  })

  test('proc_raise → as a shell reports it; harmless signals do nothing; unknown EINVAL', () => {
    const guest = createTestGuest()
    expect(guest.call('proc_raise', 0)).toBe(ERRNO.success)
    expect(guest.call('proc_raise', 31)).toBe(ERRNO.invalid)
    expect(() => guest.call('proc_raise', 6)).toThrow(GuestEnded)
    expect(guest.ends).toEqual([{ outcome: 'exit', exitCode: 134 }])
  })

  test('sched_yield → success', () => {
    expect(createTestGuest().call('sched_yield')).toBe(ERRNO.success)
  })
})
