import { readInto } from '../../runtime/input'
import { JsonWriter } from '../../runtime/json-writer'
import { reserve } from '../../runtime/memory'
import { Sha256 } from '../../runtime/sha256'
import { Adler32, Crc32 } from './cyclic-checks'
import { Md5 } from './md5'
import { Sha1 } from './sha1'
import { Sha512 } from './sha512'

const BLOCK_BYTES = 65_536

/** Reads block by block, so that an input of any length needs the same memory. */
function main(): void {
  const crc32 = new Crc32()
  const adler32 = new Adler32()
  const md5 = new Md5()
  const sha1 = new Sha1()
  const sha256 = new Sha256()
  const sha512 = new Sha512()
  const block = reserve(BLOCK_BYTES)
  let byteCount: i64 = 0
  while (true) {
    const size = readInto(block, BLOCK_BYTES)
    if (size === 0) break
    byteCount += size
    crc32.update(block, size)
    adler32.update(block, size)
    md5.update(block, size)
    sha1.update(block, size)
    sha256.update(block, size)
    sha512.update(block, size)
  }
  const json = new JsonWriter()
  json.beginObject()
  json.key('bytes').integer(byteCount)
  json.key('crc32').string(eightDigits(crc32.finish()))
  json.key('adler32').string(eightDigits(adler32.finish()))
  json.key('md5').string(md5.finish())
  json.key('sha1').string(sha1.finish())
  json.key('sha256').string(sha256.finish())
  json.key('sha512').string(sha512.finish())
  json.endObject()
  json.finish()
}

function eightDigits(value: u32): string {
  return value.toString(16).padStart(8, '0')
}

main()
