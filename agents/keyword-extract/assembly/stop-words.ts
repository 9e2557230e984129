import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { WordReader } from '../../runtime/words'

/** English words that carry grammar rather than a subject. */
const LIST =
  "a about above across after again against all almost alone along already also although always am among an and another any anybody anyone anything are aren't around as at away back be became because become becomes been before behind being below between both but by came can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else enough even ever every everyone everything few first for from further gave get gets give given gives go goes going gone got had hadn't has hasn't have haven't having he her here hers herself him himself his how however i if in into is isn't it it's its itself just keep keeps kept know known last least less let lets like likely made make makes making many may maybe me might more most mostly much must my myself near need needs neither never new next no nobody none nor not nothing now of off often oh on once one only onto or other others our ours ourselves out over own per perhaps put rather really s said same saw say says see seen several shall she should shouldn't since so some somebody someone something soon still such t take takes than that that's the their theirs them themselves then there there's these they they're thing things this those though three through thus to together too took toward towards two under until up upon us use used uses using very via want wants was wasn't way we well went were weren't what whatever when where whether which while who whoever whole whom whose why will with within without won't would wouldn't yes yet you you're your yours yourself yourselves"

export function stopWords(): TextCounter {
  const list = Text.of(LIST)
  const words = new TextCounter(512)
  const word = new WordReader(list)
  while (word.next()) words.add(list.start + word.start, word.length())
  return words
}
