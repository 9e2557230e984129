import { reserve } from '../../runtime/memory'

/** The numbers of one column, and what statistics makes of them. */
export class Figures {
  size: i32 = 0
  private values: usize

  constructor(capacity: i32) {
    this.values = reserve((<usize>capacity) << 3)
  }

  push(value: f64): void {
    store<f64>(this.values + ((<usize>this.size) << 3), value)
    this.size++
  }

  /** Kahan's sum, as Neumaier improved it: small parts are not lost beside large ones. */
  sum(): f64 {
    let sum: f64 = 0
    let lost: f64 = 0
    for (let index = 0; index < this.size; index++) {
      const value = this.at(index)
      const next = sum + value
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
      sum = next
    }
    return sum + lost
  }

  /** Of a sample: divided by one less than the number of values; NaN for a single one. */
  standardDeviation(mean: f64): f64 {
    let squares: f64 = 0
    for (let index = 0; index < this.size; index++) {
      const distance = this.at(index) - mean
      squares += distance * distance
    }
    return this.size > 1 ? Math.sqrt(squares / (this.size - 1)) : NaN
  }

  /** Between the two nearest values in proportion (type 7 of Hyndman and Fan); after `sort`. */
  quantile(share: f64): f64 {
    const place = share * (this.size - 1)
    const low = <i32>Math.floor(place)
    const high = min(low + 1, this.size - 1)
    const below = this.at(low)
    return below + (this.at(high) - below) * (place - low)
  }

  /** Heapsort: in place, and as fast for hostile values as for others. */
  sort(): void {
    for (let root = (this.size >> 1) - 1; root >= 0; root--) this.sink(root, this.size)
    for (let end = this.size - 1; end > 0; end--) {
      this.swap(0, end)
      this.sink(0, end)
    }
  }

  private sink(from: i32, end: i32): void {
    let root = from
    while (true) {
      let child = 2 * root + 1
      if (child >= end) return
      if (child + 1 < end && this.at(child) < this.at(child + 1)) child++
      if (this.at(root) >= this.at(child)) return
      this.swap(root, child)
      root = child
    }
  }

  private swap(left: i32, right: i32): void {
    const value = this.at(left)
    store<f64>(this.values + ((<usize>left) << 3), this.at(right))
    store<f64>(this.values + ((<usize>right) << 3), value)
  }

  private at(index: i32): f64 {
    return load<f64>(this.values + ((<usize>index) << 3))
  }
}
