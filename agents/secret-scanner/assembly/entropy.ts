import { Text } from '../../runtime/text'

const counts = memory.data(1_024, 4)

/** Shannon's entropy of the bytes, in bits for each: about 3 for words, above 4 for random text. */
export function entropyOf(text: Text, from: i32, to: i32): f64 {
  memory.fill(counts, 0, 1_024)
  for (let index = from; index < to; index++) {
    const place = counts + ((<usize>text.at(index)) << 2)
    store<u32>(place, load<u32>(place) + 1)
  }
  let entropy: f64 = 0
  for (let byte: usize = 0; byte < 256; byte++) {
    const count = load<u32>(counts + (byte << 2))
    if (count === 0) continue
    const share = <f64>count / (to - from)
    entropy -= share * Math.log2(share)
  }
  return entropy
}
