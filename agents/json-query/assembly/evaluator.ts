import { JSON_ARRAY, JSON_OBJECT, JsonDocument } from '../../runtime/json-document'
import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { FilterJudge } from './filter-judge'
import {
  Query,
  Segment,
  SELECT_ALL,
  SELECT_FILTER,
  SELECT_INDEX,
  SELECT_NAME,
  Selector,
} from './query'

const VALUES_MAX = 500_000
const STEPS_MAX = 200_000_000

/** The values that a query has picked so far, by their numbers in the document. */
export class ValueList {
  size: i32 = 0
  private values: usize = reserve(VALUES_MAX << 2)

  push(value: i32): void {
    if (this.size === VALUES_MAX) {
      throw new Error('The query picks more than 500,000 values on its way.')
    }
    store<i32>(this.values + ((<usize>this.size) << 2), value)
    this.size++
  }

  at(index: i32): i32 {
    return load<i32>(this.values + ((<usize>index) << 2))
  }
}

/** Runs a query over a document, segment by segment, in the order of RFC 9535. */
export class Evaluator {
  private steps: i32 = 0
  private filters: FilterJudge
  private found: ValueList = new ValueList()
  private root: i32 = 0

  constructor(private document: JsonDocument) {
    this.filters = new FilterJudge(document)
  }

  run(query: Query, root: i32): ValueList {
    this.root = root
    let current = new ValueList()
    current.push(root)
    for (let index = 0; index < query.segments.length; index++) {
      this.found.size = 0
      for (let place = 0; place < current.size; place++) {
        this.applySegment(query.segments[index], current.at(place))
      }
      const emptied = current
      current = this.found
      this.found = emptied
    }
    return current
  }

  private applySegment(segment: Segment, value: i32): void {
    for (let index = 0; index < segment.selectors.length; index++) {
      this.select(segment.selectors[index], value)
    }
    if (!segment.isDescendant || !this.document.isContainer(value)) return
    // As deep as the document, which the scanner limits.
    const isObject = this.document.kind(value) === JSON_OBJECT
    let child = this.document.firstChild(value)
    while (child >= 0) {
      const inner = isObject ? child + 1 : child
      this.countStep()
      this.applySegment(segment, inner)
      child = this.document.nextSibling(value, inner)
    }
  }

  private select(selector: Selector, value: i32): void {
    this.countStep()
    const kind = this.document.kind(value)
    if (selector.kind === SELECT_NAME) {
      if (kind === JSON_OBJECT) this.selectName(selector.name, value)
    } else if (selector.kind === SELECT_ALL || selector.kind === SELECT_FILTER) {
      this.selectEach(selector, value, kind)
    } else if (kind === JSON_ARRAY) {
      if (selector.kind === SELECT_INDEX) this.selectIndex(selector.from, value)
      else this.selectSlice(selector, value)
    }
  }

  private selectName(name: Text, object: i32): void {
    let found = -1
    let key = this.document.firstChild(object)
    while (key >= 0) {
      this.countStep()
      if (this.document.isString(key, name)) found = key + 1
      key = this.document.nextSibling(object, key + 1)
    }
    if (found >= 0) this.found.push(found)
  }

  private selectEach(selector: Selector, container: i32, kind: i32): void {
    if (kind !== JSON_OBJECT && kind !== JSON_ARRAY) return
    let child = this.document.firstChild(container)
    while (child >= 0) {
      const value = kind === JSON_OBJECT ? child + 1 : child
      this.countStep()
      const filter = selector.filter
      if (filter === null || this.filters.accepts(filter, value, this.root)) this.found.push(value)
      this.steps += this.filters.takeSteps()
      child = this.document.nextSibling(container, value)
    }
  }

  private selectIndex(index: i32, array: i32): void {
    const place = index < 0 ? index + this.lengthOf(array) : index
    if (place < 0) return
    let child = this.document.firstChild(array)
    for (let at = 0; at < place && child >= 0; at++) {
      this.countStep()
      child = this.document.nextSibling(array, child)
    }
    if (child >= 0) this.found.push(child)
  }

  private selectSlice(selector: Selector, array: i32): void {
    const length = this.lengthOf(array)
    const step = selector.step
    if (step === 0 || length === 0) return
    const first = step > 0 ? 0 : length - 1
    const last = step > 0 ? length : -1
    const from = selector.hasFrom ? bound(selector.from, length, step) : first
    const to = selector.hasTo ? bound(selector.to, length, step) : last
    const elements = this.elementsOf(array, length)
    if (step > 0) for (let at = from; at < to; at += step) this.found.push(get(elements, at))
    else for (let at = from; at > to; at += step) this.found.push(get(elements, at))
  }

  private lengthOf(array: i32): i32 {
    let length = 0
    let child = this.document.firstChild(array)
    while (child >= 0) {
      this.countStep()
      length++
      child = this.document.nextSibling(array, child)
    }
    return length
  }

  /** The numbers of the elements, so that slices can be walked in either direction. */
  private elementsOf(array: i32, length: i32): usize {
    if (length > elementsCapacity) {
      elementsCapacity = length
      elements = reserve((<usize>length) << 2)
    }
    let child = this.document.firstChild(array)
    for (let at = 0; at < length; at++) {
      store<i32>(elements + ((<usize>at) << 2), child)
      child = this.document.nextSibling(array, child)
    }
    return elements
  }

  private countStep(): void {
    if (++this.steps > STEPS_MAX) throw new Error('The query takes more than 200,000,000 steps.')
  }
}

let elements: usize = 0
let elementsCapacity: i32 = 0

function get(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2))
}

/** A bound of a slice within the array, as RFC 9535 2.3.4.2.2 has it. */
function bound(index: i32, length: i32, step: i32): i32 {
  const place = index < 0 ? index + length : index
  return step > 0 ? min(max(place, 0), length) : min(max(place, -1), length - 1)
}
