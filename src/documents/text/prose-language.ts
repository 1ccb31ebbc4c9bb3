/**
 * In which language a text is written: by its script, and by the small words that each language has most of. Measured on manual pages
 * and on the texts of `make eval`, where libraries that count letters were wrong about one page in four, as it has names and options.
 */

/** So much of a text is looked at, in characters. */
const LOOKED_AT = 8000
/** Of a script that one language has for itself, so many letters are needed, and so great a part of all. */
const MIN_LETTERS = 4
const MIN_SHARE = 0.3
/** So many small words are needed, so great a part of all words, and so many times as many as of the next language. */
const MIN_WORDS = 3
const MIN_WORD_SHARE = 0.08
const MIN_LEAD = 1.4

/** The first that fits: Japanese has Chinese letters as well. */
const SCRIPTS: Readonly<Record<string, RegExp>> = {
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  ko: /\p{Script=Hangul}/gu,
  zh: /\p{Script=Han}/gu,
  th: /\p{Script=Thai}/gu,
  el: /\p{Script=Greek}/gu,
  he: /\p{Script=Hebrew}/gu,
  ka: /\p{Script=Georgian}/gu,
  hy: /\p{Script=Armenian}/gu,
  ta: /\p{Script=Tamil}/gu,
  bn: /\p{Script=Bengali}/gu,
}

const SMALL_WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to in is that it for was with as on are this be at by from or which not have has but they you can if when will an we were been their all would there what so up out about into than them only its other do my your after before',
  de: 'der die und das den nicht von zu mit ist des sich ein eine dem auf für im es auch als an er so dass daß werden aus bei wird sind oder noch nach einer um am sie wie haben einen nur wenn kann aber mehr zum hat über war durch zur ich wir bitte meinen ohne alle vor',
  fr: "le la les des et en un une du est dans que qui pour au sur par pas ne ce il sont plus avec se aux être ou cette son nous vous mais ont elle comme ces je leur sans été tout deux fait même peut si y à d'un qu'il c'est n'est l'on",
  es: 'el la los las de y en que un una es por con para no del se al lo como más su está son pero le ha me si sin sobre este ya entre cuando muy esta ser también hay todo nos tengo debe puede cada hasta donde después',
  it: 'il di che e la per un in non è una sono con del della le si da come dei più gli alla nel ha anche delle al questo ma i lo dal o se ci dalla nella degli essere quando sul alle viene può suo',
  pt: 'o a os as de e que do da em um uma para com não é no na por mais se dos das ao como foi mas pelo pela ou ser são está também já tem isso seu sua até nos quando muito você',
  nl: 'de het een van en in is dat op te zijn met voor niet aan er om ook als bij dan maar uit naar door ze wordt of deze dit worden kan nog wel hebben heeft je wij geen was over zo onder moet meer',
  sv: 'och att det som en på är av för med till den har de inte om ett men var jag från så kan när vi eller man vid sig efter ska också där under här alla denna utan skulle blir',
  da: 'og at det er en til på af den for som med de ikke har der jeg om et men var fra kan så vi eller ved sig efter skal også hvor vil bliver blev være dette denne når hvis',
  no: 'og at det er en til på av den for som med de ikke har jeg om et men var fra kan så vi eller ved seg etter skal også hvor vil blir ble være dette denne når hvis dem noen',
  fi: 'ja on ei se että hän oli mutta kun niin ovat joka myös sen ole tai kuin jos mitä hänen vain sitä olla voi minä siitä nyt mukaan jälkeen kanssa tämä sekä sitten ennen',
  pl: 'w i na z do się nie jest to że o jak po za od dla przez są oraz przy tym ale lub być może tego aby czy który która które jego już tylko został jako ze',
  cs: 'a v se na je že s z do o to i ve pro jako za by ale po od jsou nebo být jsem tak si k při který která které jeho podle není bude aby má také než',
  sk: 'a v sa na je že s z do o to aj vo pre ako za by ale po od sú alebo byť som tak si k pri ktorý ktorá ktoré jeho podľa nie bude aby má tiež než',
  hu: 'a az és hogy nem is egy van ez meg csak de volt mint már vagy ha még el kell azt lehet ki amely után majd szerint minden én lesz fel ezt között',
  ro: 'și de în a la cu pe nu este o un din care să că pentru mai sau sunt prin au fost dar ca se fi după al ale lui această acest până ar poate',
  tr: 've bir bu da de için ile çok olarak daha olan gibi ne kadar var sonra mi değil ama en o ya olduğu veya tarafından ben ise göre kullanılır',
  hr: 'i je u se na da za su od s a ne to kao koji koja koje iz bi ili ali do će biti po nije sam što kako samo o može ako prema ima bio',
  sl: 'in je v se na da za so od s ne ki pa iz bi ali do po bo biti ni kot tudi še lahko če pri ter o kaj sem med bil to ima',
  id: 'yang dan di dengan untuk dari pada ini dalam itu tidak akan ke adalah atau oleh sebagai juga dapat bisa ada saya karena telah kami anda lebih jika',
  vi: 'và của là có không cho được các một những với trong này người đã khi để về đến như từ cũng ra thì tôi sẽ nhưng nếu',
  ru: 'и в не на что с по как это а из к у для от за но о же бы или то до если при так его был вы мы он она они также может все я уже ещё только',
  uk: 'і в не на що з та у до як це за для від або але про є й при так його був ви ми він вона вони також може якщо все я вже ще тільки',
  bg: 'и в на не да се е за от с по като са че до това или но при което които ще към след може ако те той тя беше има само както',
  sr: 'и је у се на да за су од са а не то као који која које из би или али до ће бити по није сам што како само може ако',
  ar: 'في من على إلى أن عن هذا هذه التي الذي مع كان لا ما بعد قبل هو هي أو كل ثم قد لم بين عند إذا',
  fa: 'و در به از که این را با است برای آن یک می تا بر هم شود خود های ها کرد شده نیست باید اگر یا',
  hi: 'के का की में है और से को पर हैं यह कि नहीं एक ने भी लिए या इस हो था वह जो कर',
}
const BY_WORD = new Map<string, string[]>()
for (const [language, words] of Object.entries(SMALL_WORDS))
  for (const word of new Set(words.split(' '))) BY_WORD.set(word, [...(BY_WORD.get(word) ?? []), language])

/** What is no prose: marks, code, addresses. */
const NOT_WORDS = /`[^`\n]{0,200}`|<[^<>\n]{0,200}>|\S*[\\/@_=]\S*/g
const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)?/gu

/** ISO 639-1; empty where it is not sure. */
export function languageOf(text: string): string {
  const prose = text.slice(0, LOOKED_AT).normalize('NFC').replace(NOT_WORDS, ' ')
  const letters = prose.match(/\p{L}/gu)?.length ?? 0
  for (const [language, script] of Object.entries(SCRIPTS)) {
    const count = prose.match(script)?.length ?? 0
    if (count >= MIN_LETTERS && count >= letters * MIN_SHARE) return language
  }
  return byWords(prose.toLowerCase().match(WORD) ?? [])
}

function byWords(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words)
    for (const language of BY_WORD.get(word.replace('’', "'")) ?? [])
      counts.set(language, (counts.get(language) ?? 0) + 1)
  const [first, second] = [...counts].toSorted((a, b) => b[1] - a[1])
  if (!first || first[1] < MIN_WORDS || first[1] < words.length * MIN_WORD_SHARE) return ''
  return first[1] >= (second?.[1] ?? 0) * MIN_LEAD ? first[0] : ''
}
