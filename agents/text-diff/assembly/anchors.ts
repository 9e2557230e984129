import { reserve } from '../../runtime/memory'
import { Lines } from './lines'

const ONCE: i32 = 1

/** Pairs of equal lines that keep their order in both texts. */
export class Anchors {
  count: i32 = 0
  private pairs: usize

  constructor(capacity: i32) {
    this.pairs = reserve((<usize>capacity) << 3)
  }

  push(lineA: i32, lineB: i32): void {
    store<i32>(this.pairs + ((<usize>this.count) << 3), lineA)
    store<i32>(this.pairs + ((<usize>this.count) << 3), lineB, 4)
    this.count++
  }

  lineA(index: i32): i32 {
    return load<i32>(this.pairs + ((<usize>index) << 3))
  }

  lineB(index: i32): i32 {
    return load<i32>(this.pairs + ((<usize>index) << 3), 4)
  }
}

/** How often each line stands in either range, and where in the second; made on first use. */
let countsA: usize = 0
let countsB: usize = 0
let placesB: usize = 0

/**
 * The longest sequence of lines that stand exactly once in either range and in the same order
 * (the idea of Bram Cohen's patience diff). `names` is how many different lines there are.
 */
export function findAnchors(
  before: Lines,
  after: Lines,
  names: i32,
  fromA: i32,
  toA: i32,
  fromB: i32,
  toB: i32,
): Anchors {
  if (countsA === 0) {
    countsA = reserve((<usize>names) << 2)
    countsB = reserve((<usize>names) << 2)
    placesB = reserve((<usize>names) << 2)
  }
  for (let line = fromA; line < toA; line++) increase(countsA, before.number(line))
  for (let line = fromB; line < toB; line++) {
    increase(countsB, after.number(line))
    put(placesB, after.number(line), line)
  }
  let uniqueCount = 0
  for (let line = fromA; line < toA; line++) {
    if (isUnique(before.number(line))) uniqueCount++
  }
  const unique = new Anchors(uniqueCount)
  for (let line = fromA; line < toA; line++) {
    const number = before.number(line)
    if (isUnique(number)) unique.push(line, get(placesB, number))
  }
  for (let line = fromA; line < toA; line++) put(countsA, before.number(line), 0)
  for (let line = fromB; line < toB; line++) put(countsB, after.number(line), 0)
  return longestIncreasing(unique)
}

function isUnique(number: i32): bool {
  return get(countsA, number) === ONCE && get(countsB, number) === ONCE
}

/** Patience sorting: piles by binary search, then back along the cards beneath. */
function longestIncreasing(pairs: Anchors): Anchors {
  const tops = reserve((<usize>pairs.count) << 2)
  const below = reserve((<usize>pairs.count) << 2)
  let piles = 0
  for (let index = 0; index < pairs.count; index++) {
    let low = 0
    let high = piles
    while (low < high) {
      const middle = (low + high) >>> 1
      if (pairs.lineB(get(tops, middle)) < pairs.lineB(index)) low = middle + 1
      else high = middle
    }
    put(below, index, low > 0 ? get(tops, low - 1) : -1)
    put(tops, low, index)
    if (low === piles) piles++
  }
  return collect(pairs, tops, below, piles)
}

function collect(pairs: Anchors, tops: usize, below: usize, piles: i32): Anchors {
  let index = piles > 0 ? get(tops, piles - 1) : -1
  for (let pile = piles - 1; pile >= 0; pile--) {
    put(tops, pile, index)
    index = get(below, index)
  }
  const longest = new Anchors(piles)
  for (let pile = 0; pile < piles; pile++) {
    longest.push(pairs.lineA(get(tops, pile)), pairs.lineB(get(tops, pile)))
  }
  return longest
}

function get(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2))
}

function put(array: usize, index: i32, value: i32): void {
  store<i32>(array + ((<usize>index) << 2), value)
}

function increase(array: usize, index: i32): void {
  put(array, index, get(array, index) + 1)
}
