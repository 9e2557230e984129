/** Keeps the few best of many: the highest score first, the earlier offer first among equals. */
export class Ranking {
  size: i32 = 0
  private indexes: StaticArray<i32>
  private scores: StaticArray<f64>

  constructor(private capacity: i32) {
    this.indexes = new StaticArray<i32>(capacity + 1)
    this.scores = new StaticArray<f64>(capacity + 1)
  }

  offer(index: i32, score: f64): void {
    if (this.size === this.capacity && score <= this.scores[this.size - 1]) return
    let place = this.size
    while (place > 0 && this.scores[place - 1] < score) {
      this.scores[place] = this.scores[place - 1]
      this.indexes[place] = this.indexes[place - 1]
      place--
    }
    this.scores[place] = score
    this.indexes[place] = index
    if (this.size < this.capacity) this.size++
  }

  /** What was offered at this rank, 0 being the best. */
  index(rank: i32): i32 {
    return this.indexes[rank]
  }

  score(rank: i32): f64 {
    return this.scores[rank]
  }
}
