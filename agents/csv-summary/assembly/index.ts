import { formatUtc } from '../../runtime/calendar'
import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { Column } from './column'
import { CsvReader, findDelimiter } from './csv-reader'
import { Figures } from './figures'
import { Table } from './table'

const TOP_VALUES_MAX = 5
const DECIMALS = 6

function main(): void {
  const text = readTextNotBlank()
  const delimiter = findDelimiter(text)
  const reader = new CsvReader(text, delimiter)
  const table = new Table(reader)
  const json = new JsonWriter()
  json.beginObject()
  json.key('delimiter').string(String.fromCharCode(delimiter))
  json.key('has_header').boolean(table.hasHeader)
  json.key('rows').integer(table.rows)
  json.key('columns').integer(table.columns.length)
  json.key('ragged_rows').integer(table.raggedCount)
  json.key('ragged_lines').beginArray()
  for (let index = 0; index < table.raggedLines.length; index++)
    json.integer(table.raggedLines[index])
  json.endArray()
  json.key('malformed_quotes').integer(reader.malformed)
  json.key('fields').beginArray()
  for (let index = 0; index < table.columns.length; index++) {
    writeColumn(json, table.columns[index], table.figures[index])
  }
  json.endArray()
  json.endObject()
  json.finish()
}

function writeColumn(json: JsonWriter, column: Column, figures: Figures | null): void {
  const type = column.type()
  json.beginObject()
  json.key('name').string(column.name)
  json.key('type').string(type)
  json.key('filled').integer(column.filled)
  json.key('empty').integer(column.empty)
  json.key('distinct').integer(column.values.size)
  json.key('distinct_is_minimum').boolean(column.values.isFull)
  if (figures !== null) writeFigures(json, figures)
  if (type == 'date') {
    json.key('earliest').string(formatUtc(column.earliestMs))
    json.key('latest').string(formatUtc(column.latestMs))
  }
  if (type == 'text') {
    json.key('shortest').integer(column.shortest)
    json.key('longest').integer(column.longest)
  }
  writeTopValues(json, column)
  json.endObject()
}

function writeFigures(json: JsonWriter, figures: Figures): void {
  const sum = figures.sum()
  const mean = sum / figures.size
  figures.sort()
  json.key('min').number(figures.quantile(0))
  json.key('quartile_1').number(round(figures.quantile(0.25), DECIMALS))
  json.key('median').number(round(figures.quantile(0.5), DECIMALS))
  json.key('quartile_3').number(round(figures.quantile(0.75), DECIMALS))
  json.key('max').number(figures.quantile(1))
  json.key('sum').number(round(sum, DECIMALS))
  json.key('mean').number(round(mean, DECIMALS))
  json.key('standard_deviation').number(round(figures.standardDeviation(mean), DECIMALS))
}

/** The most frequent values, unless every value is different (or as good as). */
function writeTopValues(json: JsonWriter, column: Column): void {
  const ranking = new Ranking(TOP_VALUES_MAX)
  const isRepeating = column.values.size < column.filled
  for (let index = 0; isRepeating && index < column.values.size; index++) {
    const count = column.values.count(index)
    if (count > 1 || !column.values.isFull) ranking.offer(index, count)
  }
  json.key('top_values').beginArray()
  for (let rank = 0; rank < ranking.size; rank++) {
    json.beginObject()
    json.key('value').text(column.values.text(ranking.index(rank)))
    json.key('count').integer(column.values.count(ranking.index(rank)))
    json.endObject()
  }
  json.endArray()
}

main()
