import type { ByteReader } from './byte-reader.ts'

/** `memory.grow`, followed by the index of the memory, which is always 0 here. */
export const MEMORY_GROW = 0x40

const U32_BYTES = 5
const I64_BYTES = 10

/**
 * Steps over one instruction and answers its opcode, or null for an instruction this reader does
 * not know (core specification, section 5.4; SIMD, threads and exceptions included).
 */
export const skipInstruction = (reader: ByteReader): number | null => {
  const opcode = reader.byte()
  if (opcode >= 0x45 && opcode <= 0xc4) return opcode
  if (opcode >= 0x28 && opcode <= 0x3e) return skipMemoryArgument(reader, opcode)
  switch (opcode) {
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x06: // try
      reader.skipNumber(U32_BYTES)
      return opcode
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0a: // throw_ref
    case 0x0b: // end
    case 0x0f: // return
    case 0x19: // catch_all
    case 0x1a: // drop
    case 0x1b: // select
    case 0xd1: // ref.is_null
      return opcode
    case 0x07: // catch
    case 0x08: // throw
    case 0x09: // rethrow
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0x12: // return_call
    case 0x18: // delegate
    case 0x20: // local.get
    case 0x21: // local.set
    case 0x22: // local.tee
    case 0x23: // global.get
    case 0x24: // global.set
    case 0x25: // table.get
    case 0x26: // table.set
    case 0x3f: // memory.size
    case MEMORY_GROW:
    case 0x41: // i32.const
    case 0xd0: // ref.null
    case 0xd2: // ref.func
      reader.skipNumber(U32_BYTES)
      return opcode
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      return skipNumbers(reader, 2, opcode)
    case 0x0e: // br_table
      return skipNumbers(reader, reader.u32() + 1, opcode)
    case 0x1c: // select of given types
      return skipNumbers(reader, reader.u32(), opcode)
    case 0x1f: // try_table
      return skipTryTable(reader, opcode)
    case 0x42: // i64.const
      reader.skipNumber(I64_BYTES)
      return opcode
    case 0x43: // f32.const
      reader.skip(4)
      return opcode
    case 0x44: // f64.const
      reader.skip(8)
      return opcode
    case 0xfc:
      return skipBulkOperand(reader, opcode)
    case 0xfd:
      return skipVectorOperand(reader, opcode)
    case 0xfe:
      return skipAtomicOperand(reader, opcode)
    default:
      return null
  }
}

const skipNumbers = (reader: ByteReader, count: number, opcode: number): number => {
  for (let index = 0; index < count; index += 1) reader.skipNumber(U32_BYTES)
  return opcode
}

const HAS_MEMORY_INDEX = 0x40

const skipMemoryArgument = (reader: ByteReader, opcode: number): number => {
  const alignment = reader.u32()
  if ((alignment & HAS_MEMORY_INDEX) !== 0) reader.skipNumber(U32_BYTES)
  reader.skipNumber(I64_BYTES)
  return opcode
}

/** Its clauses: catch and catch_ref (0, 1) name a tag and a label, the others a label alone. */
const skipTryTable = (reader: ByteReader, opcode: number): number => {
  reader.skipNumber(U32_BYTES)
  const clauses = reader.u32()
  for (let index = 0; index < clauses; index += 1) {
    skipNumbers(reader, reader.byte() < 2 ? 2 : 1, opcode)
  }
  return opcode
}

/** Operands of the 0xfc instructions: saturating conversions, then bulk memory and tables. */
const BULK_OPERANDS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]

const skipBulkOperand = (reader: ByteReader, opcode: number): number | null => {
  const operands = BULK_OPERANDS[reader.u32()]
  return operands === undefined ? null : skipNumbers(reader, operands, opcode)
}

const skipVectorOperand = (reader: ByteReader, opcode: number): number | null => {
  const operation = reader.u32()
  if (operation <= 11 || operation === 92 || operation === 93) {
    return skipMemoryArgument(reader, opcode)
  }
  if (operation === 12 || operation === 13) reader.skip(16)
  if (operation >= 21 && operation <= 34) reader.skip(1)
  if (operation >= 84 && operation <= 91) {
    skipMemoryArgument(reader, opcode)
    reader.skip(1)
  }
  return operation < 0x114 ? opcode : null
}

const skipAtomicOperand = (reader: ByteReader, opcode: number): number => {
  const operation = reader.u32()
  if (operation === 3) reader.skip(1)
  else skipMemoryArgument(reader, opcode)
  return opcode
}
