/** A sentence or two of many languages, and how old files have them. */

export interface Sample {
  language: string
  text: string
  encodings: readonly string[]
}

export const SAMPLES: readonly Sample[] = [
  {
    language: 'de',
    text: 'Müller wohnt in der Straße über dem Bäcker. Schöne Grüße aus Köln, äußerst günstig ist es nicht.',
    encodings: ['windows-1252'],
  },
  {
    language: 'fr',
    text: 'Été à la plage, déjà vu; le garçon est là, où nous allons très bien en février avec les autres.',
    encodings: ['windows-1252'],
  },
  {
    language: 'es',
    text: 'El niño comió piña en la montaña por la mañana. ¿Qué pasó con la canción de los niños?',
    encodings: ['windows-1252'],
  },
  {
    language: 'pl',
    text: 'Zażółć gęślą jaźń. Wieczorem będziemy w Łodzi i proszę o odpowiedź jeszcze dziś, jak to jest z tym.',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  {
    language: 'cs',
    text: 'Příliš žluťoučký kůň úpěl ďábelské ódy. Děkuji za zprávu, přijdeme zítra a bude to pro nás dobré, jako je vždy.',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  {
    language: 'ru',
    text: 'Привет, как дела? Завтра мы поедем на дачу и будем собирать яблоки, если это не за городом.',
    encodings: ['windows-1251', 'koi8-r', 'iso-8859-5'],
  },
  {
    language: 'el',
    text: 'Καλημέρα, τι κάνεις; Αύριο θα πάμε στη θάλασσα με τα παιδιά.',
    encodings: ['windows-1253'],
  },
  {
    language: 'tr',
    text: 'Günaydın, nasılsın? Yarın şehre gidip ağabeyimi göreceğiz, çok güzel olacak ve bu bir gün için.',
    encodings: ['windows-1254'],
  },
  {
    language: 'ja',
    text: 'こんにちは。明日は子供たちと海に行きます。天気が良いといいですね。',
    encodings: ['shift_jis', 'euc-jp'],
  },
  { language: 'zh', text: '你好，明天我们和孩子们一起去海边。希望天气很好。', encodings: ['gb18030'] },
  { language: 'zh', text: '你好，明天我們和孩子們一起去海邊。希望天氣很好。', encodings: ['big5'] },
  {
    language: 'ko',
    text: '안녕하세요. 내일 우리는 아이들과 바다에 갑니다. 날씨가 좋으면 좋겠어요.',
    encodings: ['euc-kr'],
  },
]
