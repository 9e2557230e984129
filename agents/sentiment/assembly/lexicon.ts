import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { WordReader } from '../../runtime/words'

/** Words by the strength of the opinion they carry, 4 being the strongest. */
const POSITIVE_4 =
  'adore adored amazing astonishing awesome best brilliant breathtaking excellent exceptional exquisite extraordinary fabulous fantastic flawless incredible magnificent marvellous marvelous outstanding perfect perfectly phenomenal spectacular splendid stunning stellar superb superior terrific thrilled unbeatable wonderful wonderfully wow'
const POSITIVE_3 =
  'admirable admire beautiful beautifully beloved celebrate charming cheerful delicious delight delighted delightful elegant enjoy enjoyable enjoyed enjoying excited exciting generous glad gorgeous great grateful happily happiness happy impressed impressive inspiring joy joyful kind kindness laugh love loved lovely loves loving masterpiece passionate pleased pleasure praise praised proud recommend recommended rejoice remarkable success successful successfully superbly sweet thankful thanks thank treasure triumph trusted victory warm win winner winning won worthwhile yay'
const POSITIVE_2 =
  'accomplish accomplished accurate achieve achieved advantage affordable agree agreeable appealing appreciate appreciated approve attractive benefit beneficial better bonus bright calm capable caring clean clear clearly clever comfortable comfortably confident congratulations convenient cool correct courteous creative cute dependable easier easiest easily easy effective efficient effortless encouraging engaging excels fair fast faster favorite favourite fine fix fixed fixes flexible fond fresh friendly fun funny gain gains gentle genuine genuinely gift good gracious handy healthy helpful helped helps honest hope hopeful ideal improve improved improvement improves improving innovative insightful intelligent interesting intuitive like liked likes lucky neat nice nicely optimistic patient peaceful pleasant pleasantly polite popular positive powerful pretty productive professional promising prompt quick quickly relaxed reliable reliably respect respectful responsive reward rewarding rich robust safe satisfied satisfying secure sharp simple sleek smart smile smooth smoothly solid solved stable strong stylish suitable supportive supports talented tidy top trust trustworthy useful valuable welcome welcoming well wise works worth'
const POSITIVE_1 =
  'able acceptable active adequate allow assured available aware care complete decent eager fit free functional gained help interested keen modern natural new normal ok okay organised organized ready reasonable relief relieved resolved sufficient support sure thorough usable'
const NEGATIVE_1 =
  'ambiguous average basic bland bored boring chaotic clumsy complain complained complaint complaints complex complicated concern concerned concerns costly cumbersome delay delayed delays difficult difficulty dirty doubt doubtful dull error errors excessive expensive forget forgot heavy inconvenient issue issues lack lacking lacks late limited loud mediocre meh miss missed missing mistake mistakes noisy odd old outdated overpriced problem problems question questionable risk risky rough sadly sceptical skeptical slow slower sluggish sorry strange tedious tired uncertain unclear uneven unexpected unsure warning warnings weird'
const NEGATIVE_2 =
  'abandon abandoned afraid aggressive alarming annoy annoyed annoying anxious arrogant ashamed awkward bad badly blame bother bothered break breaks broke broken bug bugs buggy careless cheap cold collapse confuse confused confusing crash crashed crashes crashing crazy critical crude cry damage damaged damages danger dangerous dead deny deficient denied die died disadvantage disagree disappoint disappointed disappointing disappointment dislike disliked dismal disorganised disorganized dissatisfied disturbing dubious embarrassed embarrassing fail failed failing fails failure failures false fault faulty fear fight flaw flawed flaws foolish fraud freeze freezes frustrate frustrated frustrating frustration guilty harm harmful harsh hurt hurts ignorant ignore ignored impossible inaccurate incompetent incomplete inconsistent inferior insecure insufficient insult irritated irritating lie lies lied lose loser losing loss lost mad mess messy misleading neglect neglected nervous offended offensive pain painful painfully panic poor poorly reject rejected regret resent rude sad scared scary shame sick sloppy stolen stress stressed stressful struggle struggling stuck stupid suffer suffered suspicious threat trouble ugly unacceptable unable uncomfortable unfair unfortunate unfortunately unfriendly unhappy unhelpful unpleasant unreliable unresponsive unsafe unsatisfied unstable unusable unwanted upset useless vague violent waste wasted weak worried worry worse worthless wrong'
const NEGATIVE_3 =
  'abuse abusive anger angry appalled attack atrocious catastrophe catastrophic cheat cheated corrupt corrupted cruel crappy deceive deceived deplorable despair despise destroy destroyed devastated devastating disaster disastrous disgrace disgraceful dishonest dreadful enraged evil furious garbage ghastly hate hated hates hating hell hopeless horrendous horrid hostile infuriating kill killed liar ludicrous miserable misery nasty nightmare outrage outraged outrageous pathetic rage repulsive ridiculous rip-off ruin ruined ruins scam scammed shameful sucks terrified toxic trash traumatic tragic vile'
const NEGATIVE_4 =
  'abhorrent abysmal awful awfully disgusted disgusting excruciating hideous horrible horribly horrific horrifying loathe loathed loathsome revolting terrible terribly unbearable worst'

/** What the words say of the word behind them: by how much they strengthen or weaken it. */
const STRENGTHENING =
  'absolutely amazingly completely deeply enormously entirely especially exceptionally extremely greatly highly hugely immensely incredibly insanely intensely particularly purely quite really remarkably so strongly such super surprisingly thoroughly too totally tremendously truly unbelievably utterly very'
const WEAKENING =
  'almost barely bit fairly kinda less little marginally mildly moderately occasionally partly rather relatively slightly somewhat sort sorta'
const NEGATING =
  "ain't aint cannot can't cant couldn't couldnt didn't didnt doesn't doesnt don't dont hadn't hardly hasn't haven't isn't isnt never neither no nobody none nor not nothing nowhere scarcely seldom shouldn't wasn't wasnt weren't without won't wont wouldn't wouldnt"

/** A list of words in which each one has a number. */
export class WordList {
  private words: TextCounter
  private values: StaticArray<f64>

  constructor(private capacity: i32) {
    this.words = new TextCounter(capacity)
    this.values = new StaticArray<f64>(capacity)
  }

  add(list: string, value: f64): void {
    const text = Text.of(list)
    const word = new WordReader(text)
    while (word.next()) this.values[this.words.add(text.start + word.start, word.length())] = value
  }

  /** The number of the word; 0 when it is not in the list. */
  valueOf(start: usize, length: i32): f64 {
    const index = this.words.find(start, length)
    return index < 0 ? 0 : this.values[index]
  }
}

/** Opinion words, from -4 to 4. */
export function opinionWords(): WordList {
  const list = new WordList(1_024)
  list.add(POSITIVE_4, 4)
  list.add(POSITIVE_3, 3)
  list.add(POSITIVE_2, 2)
  list.add(POSITIVE_1, 1)
  list.add(NEGATIVE_1, -1)
  list.add(NEGATIVE_2, -2)
  list.add(NEGATIVE_3, -3)
  list.add(NEGATIVE_4, -4)
  return list
}

/** Factors that a word before an opinion word puts on it. */
export function degreeWords(): WordList {
  const list = new WordList(128)
  list.add(STRENGTHENING, 1.3)
  list.add(WEAKENING, 0.6)
  return list
}

/** Words that turn an opinion round when they stand before it. */
export function negatingWords(): WordList {
  const list = new WordList(128)
  list.add(NEGATING, 1)
  return list
}
