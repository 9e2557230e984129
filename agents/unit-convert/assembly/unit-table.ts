import { Text } from '../../runtime/text'

/** `value · factor + offset` is the value in the base unit of the dimension. */
export class Unit {
  constructor(
    public symbol: string,
    public name: string,
    public dimension: string,
    public factor: f64,
    public offset: f64,
    public aliases: string,
  ) {}
}

const table: Unit[] = []
let dimension = ''

/** `aliases` are further spellings, separated by `|`. The name with an "s" is understood as well. */
function unit(
  symbol: string,
  name: string,
  factor: f64,
  aliases: string = '',
  offset: f64 = 0,
): void {
  table.push(new Unit(symbol, name, dimension, factor, offset, aliases))
}

/** All units we know. Factors are exact by definition unless a comment says otherwise. */
export function allUnits(): Unit[] {
  if (table.length > 0) return table
  addGeometry()
  addMechanics()
  addThermodynamics()
  addInformation()
  return table
}

function addGeometry(): void {
  dimension = 'length'
  unit('m', 'metre', 1, 'meter')
  unit('km', 'kilometre', 1_000, 'kilometer')
  unit('cm', 'centimetre', 0.01, 'centimeter')
  unit('mm', 'millimetre', 0.001, 'millimeter')
  unit('µm', 'micrometre', 1e-6, 'um|μm|micrometer|micron')
  unit('nm', 'nanometre', 1e-9, 'nanometer')
  unit('in', 'inch', 0.0254, 'inches|"')
  unit('ft', 'foot', 0.3048, "feet|'")
  unit('yd', 'yard', 0.9144)
  unit('mi', 'mile', 1_609.344)
  unit('nmi', 'nautical mile', 1_852)
  unit('au', 'astronomical unit', 149_597_870_700)
  unit('ly', 'light-year', 9_460_730_472_580_800, 'light year')
  dimension = 'area'
  unit('m²', 'square metre', 1, 'm2|square meter')
  unit('km²', 'square kilometre', 1e6, 'km2|square kilometer')
  unit('cm²', 'square centimetre', 1e-4, 'cm2|square centimeter')
  unit('ha', 'hectare', 10_000)
  unit('acre', 'acre', 4_046.8564224, 'ac')
  unit('ft²', 'square foot', 0.09290304, 'ft2|square feet|sq ft')
  unit('in²', 'square inch', 0.00064516, 'in2|square inches|sq in')
  unit('mi²', 'square mile', 2_589_988.110336, 'mi2|sq mi')
  dimension = 'volume'
  unit('m³', 'cubic metre', 1, 'm3|cubic meter')
  unit('l', 'litre', 0.001, 'liter|L')
  unit('dl', 'decilitre', 1e-4, 'deciliter|dL')
  unit('cl', 'centilitre', 1e-5, 'centiliter|cL')
  unit('ml', 'millilitre', 1e-6, 'milliliter|mL|cm³|cm3')
  unit('gal', 'US gallon', 0.003785411784, 'gallon')
  unit('qt', 'US quart', 0.000946352946, 'quart')
  unit('pt', 'US pint', 0.000473176473, 'pint')
  unit('cup', 'US cup', 0.0002365882365)
  unit('fl oz', 'US fluid ounce', 2.95735295625e-5, 'fluid ounce|floz')
  unit('tbsp', 'US tablespoon', 1.478676478125e-5, 'tablespoon')
  unit('tsp', 'US teaspoon', 4.92892159375e-6, 'teaspoon')
  unit('imp gal', 'imperial gallon', 0.00454609)
  unit('imp pt', 'imperial pint', 0.00056826125)
  unit('ft³', 'cubic foot', 0.028316846592, 'ft3|cubic feet')
  unit('in³', 'cubic inch', 1.6387064e-5, 'in3|cubic inches')
  dimension = 'angle'
  unit('rad', 'radian', 1)
  unit('°', 'degree', Math.PI / 180, 'deg')
  unit('grad', 'gradian', Math.PI / 200, 'gon')
  unit('turn', 'turn', 2 * Math.PI, 'revolution')
  unit('arcmin', 'arcminute', Math.PI / 10_800)
  unit('arcsec', 'arcsecond', Math.PI / 648_000)
}

function addMechanics(): void {
  dimension = 'mass'
  unit('kg', 'kilogram', 1, 'kilogramme')
  unit('g', 'gram', 0.001, 'gramme')
  unit('mg', 'milligram', 1e-6)
  unit('µg', 'microgram', 1e-9, 'ug|μg')
  unit('t', 'tonne', 1_000, 'metric ton')
  unit('lb', 'pound', 0.45359237, 'lbs')
  unit('oz', 'ounce', 0.028349523125)
  unit('st', 'stone', 6.35029318, 'stone')
  unit('short ton', 'short ton', 907.18474, 'US ton')
  unit('long ton', 'long ton', 1_016.0469088)
  unit('ct', 'carat', 0.0002)
  dimension = 'time'
  unit('s', 'second', 1, 'sec')
  unit('ms', 'millisecond', 0.001)
  unit('µs', 'microsecond', 1e-6, 'us|μs')
  unit('ns', 'nanosecond', 1e-9)
  unit('min', 'minute', 60)
  unit('h', 'hour', 3_600, 'hr')
  unit('d', 'day', 86_400)
  unit('wk', 'week', 604_800)
  unit('yr', 'Julian year', 31_557_600, 'year|a')
  dimension = 'speed'
  unit('m/s', 'metre per second', 1, 'meter per second|metres per second|meters per second')
  unit('km/h', 'kilometre per hour', 1 / 3.6, 'kph|kmh|kilometres per hour|kilometers per hour')
  unit('mph', 'mile per hour', 0.44704, 'mi/h|miles per hour')
  unit('kn', 'knot', 1_852 / 3_600.0, 'kt')
  unit('ft/s', 'foot per second', 0.3048, 'fps|feet per second')
  unit('c', 'speed of light', 299_792_458)
  dimension = 'force'
  unit('N', 'newton', 1)
  unit('kN', 'kilonewton', 1_000)
  unit('lbf', 'pound-force', 4.4482216152605)
  unit('kgf', 'kilogram-force', 9.80665)
  dimension = 'pressure'
  unit('Pa', 'pascal', 1)
  unit('hPa', 'hectopascal', 100, 'mbar|millibar')
  unit('kPa', 'kilopascal', 1_000)
  unit('MPa', 'megapascal', 1e6)
  unit('bar', 'bar', 100_000)
  unit('atm', 'standard atmosphere', 101_325, 'atmosphere')
  unit('psi', 'pound per square inch', 6_894.757293168361) // rounded
  unit('mmHg', 'millimetre of mercury', 133.322387415, 'millimeter of mercury')
  unit('Torr', 'torr', 101_325 / 760.0)
}

function addThermodynamics(): void {
  dimension = 'temperature'
  unit('K', 'kelvin', 1)
  unit('°C', 'degree Celsius', 1, 'C|celsius|degC|centigrade|degrees Celsius', 273.15)
  unit(
    '°F',
    'degree Fahrenheit',
    5 / 9.0,
    'F|fahrenheit|degF|degrees Fahrenheit',
    (459.67 * 5) / 9.0,
  )
  unit('°R', 'degree Rankine', 5 / 9.0, 'R|rankine|degrees Rankine')
  dimension = 'energy'
  unit('J', 'joule', 1)
  unit('kJ', 'kilojoule', 1_000)
  unit('MJ', 'megajoule', 1e6)
  unit('cal', 'calorie', 4.184)
  unit('kcal', 'kilocalorie', 4_184)
  unit('Wh', 'watt-hour', 3_600, 'watt hour')
  unit('kWh', 'kilowatt-hour', 3.6e6, 'kilowatt hour')
  unit('BTU', 'British thermal unit', 1_055.05585262)
  unit('eV', 'electronvolt', 1.602176634e-19)
  dimension = 'power'
  unit('W', 'watt', 1)
  unit('mW', 'milliwatt', 0.001)
  unit('kW', 'kilowatt', 1_000)
  unit('MW', 'megawatt', 1e6)
  unit('hp', 'mechanical horsepower', 745.6998715822702, 'horsepower') // rounded
  unit('PS', 'metric horsepower', 735.49875)
}

function addInformation(): void {
  dimension = 'information'
  unit('B', 'byte', 1)
  unit('bit', 'bit', 0.125, 'b')
  unit('kbit', 'kilobit', 125, 'kb')
  unit('Mbit', 'megabit', 125_000, 'Mb')
  unit('Gbit', 'gigabit', 1.25e8, 'Gb')
  unit('kB', 'kilobyte', 1e3, 'KB')
  unit('MB', 'megabyte', 1e6)
  unit('GB', 'gigabyte', 1e9)
  unit('TB', 'terabyte', 1e12)
  unit('PB', 'petabyte', 1e15)
  unit('KiB', 'kibibyte', 1_024)
  unit('MiB', 'mebibyte', 1_048_576)
  unit('GiB', 'gibibyte', 1_073_741_824)
  unit('TiB', 'tebibyte', 1_099_511_627_776)
  dimension = 'frequency'
  unit('Hz', 'hertz', 1)
  unit('kHz', 'kilohertz', 1e3)
  unit('MHz', 'megahertz', 1e6)
  unit('GHz', 'gigahertz', 1e9)
  unit('rpm', 'revolution per minute', 1 / 60.0, 'revolutions per minute')
}

/**
 * Finds a unit by symbol, name or alias. Symbols keep their case first, since "mW" is not "MW";
 * only when none fits so, case is ignored. Null when the spelling is unknown.
 */
export function findUnit(spelling: Text): Unit | null {
  const wanted = spelling.toString()
  for (let index = 0; index < allUnits().length; index++) {
    if (isSpelling(table[index], wanted)) return table[index]
  }
  const lower = wanted.toLowerCase()
  for (let index = 0; index < table.length; index++) {
    if (isSpellingInAnyCase(table[index], lower)) return table[index]
  }
  return null
}

function isSpelling(unit: Unit, wanted: string): bool {
  if (unit.symbol == wanted || unit.name == wanted || unit.name + 's' == wanted) return true
  const aliases = unit.aliases.split('|')
  for (let index = 0; index < aliases.length; index++) {
    const alias = aliases[index]
    if (alias.length > 0 && (alias == wanted || alias + 's' == wanted)) return true
  }
  return false
}

function isSpellingInAnyCase(unit: Unit, lower: string): bool {
  const copy = new Unit(
    unit.symbol.toLowerCase(),
    unit.name.toLowerCase(),
    unit.dimension,
    unit.factor,
    unit.offset,
    unit.aliases.toLowerCase(),
  )
  return isSpelling(copy, lower)
}
