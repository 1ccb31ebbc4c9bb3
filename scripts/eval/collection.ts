/** Short texts as lie in somebody's folder, and questions about them: written for this, so that they may be given away. */

export type Slice = 'paraphrase' | 'identifier' | 'typo' | 'language' | 'unanswerable'

export interface EvalQuestion {
  slice: Slice
  question: string
  /** Names of the texts that answer it; none for those without an answer. */
  answers: readonly string[]
}

export interface Collection {
  /** By the name of their file, which is not searched. */
  texts: Readonly<Record<string, string>>
  questions: readonly EvalQuestion[]
}

/** By the name of its file, a text and two questions that it answers. */
export type Answered = Readonly<Record<string, readonly [text: string, question: string, other: string]>>

export function collectionOf(answered: Answered, unanswerable: readonly string[]): Collection {
  const all = Object.entries(answered)
  return {
    texts: Object.fromEntries(all.map(([name, [text]]) => [name, text])),
    questions: [
      ...all.flatMap(([name, [, ...questions]]) =>
        questions.map((question) => ({ slice: 'paraphrase' as const, question, answers: [name] })),
      ),
      ...unanswerable.map((question) => ({ slice: 'unanswerable' as const, question, answers: [] })),
    ],
  }
}

/** By the name of their file, without the extension. */
export const TEXTS: Readonly<Record<string, string>> = {
  'boiler-service':
    'The heating engineer came on Tuesday and replaced the pump of the boiler. He says the pressure has to stay between 1 and 1.5 bar, and that we should bleed the radiators each autumn.',
  'passport-renewal':
    'To renew a passport you need two photographs, the old document and a proof of where you live. The office takes about six weeks; in summer it may take ten.',
  sourdough:
    'Feed the starter in the evening. In the morning mix flour, water and salt, fold the dough four times, let it rise until it has doubled, and bake it in a very hot pot.',
  'tomato-blight':
    'Brown spots on the leaves of the tomatoes were blight. Remove what is affected, water only at the roots, and never put the plants where potatoes grew the year before.',
  'car-insurance':
    'The premium for the Skoda went up to 612 euros since somebody scratched it in the car park. Without another claim it falls again after three years.',
  'router-reset':
    'If the internet is gone, unplug the router for thirty seconds. If the red lamp stays on after that, hold the small button at the back until all lamps blink.',
  'grandmother-letter':
    'Grandmother writes that the winter of 1956 was so cold that the river froze, and that they walked across the ice to school.',
  'knee-surgery':
    'After the operation on the knee no weight for two weeks, then crutches for four. Bend it every day as far as it goes without pain. Stitches come out after twelve days.',
  'piano-lessons':
    'Piano lessons cost 38 euros for 45 minutes. Lessons that are cancelled less than a day before are charged in full.',
  'rental-contract':
    'The flat can be given up with three months of notice, at the end of any month. The deposit of two rents is paid back within half a year after moving out.',
  'wedding-plan':
    'The ceremony begins at two in the village church. Afterwards there is a meal for eighty guests in the barn; the band plays from eight.',
  'bike-chain':
    'The chain of a bicycle lasts about 3000 kilometres. Clean it with a rag, not with petrol, and put one drop of oil on each link.',
  'cat-vaccination':
    'Mimi got her shots against cat flu and rabies. The next ones are due in March. She weighs 4.2 kilograms, which the vet finds a little much.',
  'solar-panels':
    'The panels on the roof gave 5.1 megawatt hours last year. A third of it we used ourselves; for the rest we got eight cents for each kilowatt hour.',
  'tax-deadline':
    'The declaration has to be in by the end of July. Who has an adviser gets until February of the year after. Keep receipts for craftsmen, since a fifth of their labour comes off.',
  'backup-strategy':
    'Keep three copies of what matters, on two kinds of media, one of them in another house. Try once a year whether they can be read.',
  'moving-boxes':
    'Forty boxes are enough for three rooms. Books go into the small ones. Write on two sides what is inside and into which room it belongs.',
  'allergy-test':
    'The test showed birch and hazel, and no reaction to dust or animals. From February to May I should take the tablets before I go outside.',
  scholarship:
    'The foundation pays 900 euros a month for the time of study. Applicants send a letter, two references and their marks by 15 October.',
  'apple-tree':
    'Cut the apple tree in late winter, on a dry day without frost. Take out what grows inward or straight up, and leave the short shoots that bear the fruit.',
  'coffee-machine':
    'When the machine gives only a trickle, it is full of lime. Run a litre of water with citric acid through it and rinse twice.',
  'train-delay':
    'For a train that arrives more than an hour late a quarter of the fare is paid back, after two hours half of it. Hand in the form within three months.',
  'smoke-detectors':
    'A short beep each minute means that the battery of the smoke detector is low. The whole device has to be replaced after ten years.',
  'choir-trip':
    'The choir goes to Krakow from 3 to 6 May. We sing in two churches, stay in double rooms, and the bus leaves at six in the morning.',
  'dentist-bill':
    'The crown costs 740 euros, of which the insurance takes 60 percent because the booklet is complete for ten years.',
  'hiking-hut':
    'The hut at 2100 metres is open from June to September. It has 30 beds, no shower, and takes no cards. The way up takes three hours and a half.',
  'guitar-strings':
    'Change the strings one after the other, so that the neck keeps its tension. New ones have to be tuned again and again on the first day.',
  'photo-archive':
    'The slides from the sixties were scanned with 3200 dpi. Files are named by year and place; the originals are in the metal case in the attic.',
  babysitter:
    'Lena comes at seven. The little one goes to bed at half past seven with the blue bear; the older one may read until eight. Our number is on the fridge.',
  'job-interview':
    'They asked why I want to leave, where I see myself in five years, and about a time when I failed. I should have asked about overtime.',
  'leaking-roof':
    'Water comes through beside the chimney when it rains from the west. The roofer found a cracked sheet of lead and two broken tiles.',
  'language-course':
    'The Spanish course is on Mondays at six in the school on the corner. We have got to the past tense; homework is on page 84.',
  'electric-car':
    'On motorways in winter the battery lasts 240 kilometres, in town in summer 400. From 20 to 80 percent takes 31 minutes at the fast charger.',
  aquarium:
    'The water was cloudy since too many fish were put in at once. Change a third of it each week and feed less, and it clears by itself.',
  inheritance:
    'Aunt Rosa left the house to my cousin and the savings to the three of us. The court needs the will itself and not a copy.',
  marathon:
    'Sixteen weeks before the race I begin with 30 kilometres a week. The longest run is 32, three weeks before. In the last week almost nothing.',
  'honey-harvest':
    'The bees gave 38 kilos in June. The frames were spun when less than a fifth of the cells was still open, else it ferments.',
  'window-cleaning':
    'A drop of washing-up liquid and a little spirit in lukewarm water, then a rubber blade from top to bottom. Not in the sun, or it leaves streaks.',
  'school-trip-consent':
    'I allow my child to go on the excursion to the climbing forest on 12 June. It can swim and has no asthma.',
  'wifi-guest':
    'Visitors use the network Gartenhaus with the password on the card by the door. It is shut off from our own devices and ends at midnight.',
  'error-printer':
    'The printer shows E-4711 when the paper tray is not pushed in all the way, and B200 when the print head has gone too hot.',
  'server-log':
    'nginx logged upstream timed out (110: Connection timed out) and then worker_connections are not enough. We raised worker_connections to 4096 in nginx.conf.',
  'invoice-2231':
    'Invoice RE-2024-2231 of Holzbau Meier, 1 480.50 euros for the stairs, payable within 14 days to IBAN DE89 3704 0044 0532 0130 00.',
  'python-snippet':
    'def parse_config(path): reads the TOML file with tomllib and raises ConfigNotFoundError where it is missing. max_retries is 5 by default.',
  'kernel-panic':
    'After the update the machine stopped with VFS: Unable to mount root fs on unknown-block(0,0). The initramfs for 6.8.0-41 had not been built; update-initramfs -c -k 6.8.0-41 mended it.',
  parcel:
    'The parcel 00340434292135100186 lies at the post office in Lindenstrasse 7 until Saturday. Bring an identity card.',
  'windows-update':
    'Windows stopped the update with 0x80070643. The recovery partition is too small; it was made larger by 500 MB with diskpart.',
  'network-plan':
    'The switch has 192.168.178.2, the printer 192.168.178.40, and the camera at the gate 192.168.178.77 in VLAN 30.',
  'docker-note':
    'docker compose up ended with exit code 137, which means that it was killed for memory. The limit mem_limit went from 512m to 2g.',
  'flight-booking':
    'Booking code QX7TRL: LH1172 on 9 September from Frankfurt to Lisbon, seat 23A, one piece of luggage of 23 kilograms.',
  'database-error':
    'ORA-01555 snapshot too old came each night at three, when the report ran while the import wrote. UNDO_RETENTION was set to 7200.',
  dishwasher:
    'The Bosch SMV46 shows E24 when water can not run off. The filter was clean; a toothpick was stuck in the pump.',
  'api-keys':
    'The service answers 429 Too Many Requests with the header Retry-After. The variable RATE_LIMIT_BURST is 20 in production.',
  garantie:
    'Die Garantie für den Kühlschrank gilt fünf Jahre ab Kauf. Den Kassenbon bitte aufheben, ohne ihn wird nichts ersetzt.',
  kuendigung:
    'Hiermit kündige ich meinen Vertrag im Fitnessstudio zum nächstmöglichen Termin und bitte um eine schriftliche Bestätigung.',
  'recette-tarte':
    'Pour la tarte aux pommes il faut six pommes, deux œufs, du beurre et de la cannelle. Cuire quarante minutes à feu moyen.',
  vacances:
    'Nous avons loué une maison en Bretagne pour deux semaines en août. La plage est à dix minutes à pied.',
  'receta-paella':
    'La paella lleva arroz, azafrán, conejo y judías. No se remueve nunca después de echar el caldo.',
  'cita-medico':
    'Tengo cita con el médico el jueves a las nueve. Debo llevar los análisis de sangre y la tarjeta sanitaria.',
  'riunione-condominio':
    'La riunione del condominio è martedì alle venti. Si parla del nuovo ascensore e della pulizia delle scale.',
}

const of = (slice: Slice, pairs: readonly (readonly [string, ...string[]])[]): EvalQuestion[] =>
  pairs.map(([question, ...answers]) => ({ slice, question, answers }))

export const QUESTIONS: readonly EvalQuestion[] = [
  ...of('paraphrase', [
    ['how do I keep my home warm when it gets cold', 'boiler-service'],
    ['what papers are required for travelling abroad', 'passport-renewal'],
    ['recipe for making my own loaf', 'sourdough'],
    ['vegetables with a disease', 'tomato-blight'],
    ['vehicle cover became more expensive', 'car-insurance'],
    ['connection to the web is broken', 'router-reset'],
    ['childhood memories of an elderly relative', 'grandmother-letter'],
    ['rehabilitation after a leg procedure at the hospital', 'knee-surgery'],
    ['price of music tuition', 'piano-lessons'],
    ['terminating the lease of my apartment', 'rental-contract'],
    ['schedule for getting married', 'wedding-plan'],
    ['maintenance of my cycle', 'bike-chain'],
    ['immunisation of our pet', 'cat-vaccination'],
    ['income from generating renewable electricity', 'solar-panels'],
    ['when must I file my return with the revenue authorities', 'tax-deadline'],
    ['protecting data against loss', 'backup-strategy'],
    ['packing for relocation', 'moving-boxes'],
    ['hay fever and pollen', 'allergy-test'],
    ['financial support for university students', 'scholarship'],
    ['pruning in the orchard', 'apple-tree'],
    ['descaling the espresso maker', 'coffee-machine'],
    ['compensation for a railway journey that was not on time', 'train-delay'],
    ['fire alarm chirps', 'smoke-detectors'],
    ['vocal ensemble travels to Poland', 'choir-trip'],
    ['expense for fixing a tooth', 'dentist-bill'],
    ['accommodation in the mountains', 'hiking-hut'],
    ['looking after my musical instrument', 'guitar-strings'],
    ['digitised pictures from the past', 'photo-archive'],
    ['who looks after the kids tonight', 'babysitter'],
    ['questions from a prospective employer', 'job-interview'],
    ['damp coming in at the top of the house', 'leaking-roof'],
    ['learning to speak a foreign tongue', 'language-course'],
    ['range of a vehicle without petrol', 'electric-car'],
    ['pets that live in a tank', 'aquarium'],
    ['who receives the estate of the deceased', 'inheritance'],
    ['training plan for long distance running', 'marathon'],
    ['beekeeping yield', 'honey-harvest'],
    ['how to get glass spotless', 'window-cleaning'],
    ['parental permission for an outing', 'school-trip-consent'],
    ['internet access for people who come to see us', 'wifi-guest'],
  ]),
  ...of('identifier', [
    ['E-4711', 'error-printer'],
    ['what does B200 mean', 'error-printer'],
    ['worker_connections', 'server-log'],
    ['RE-2024-2231', 'invoice-2231'],
    ['DE89 3704 0044 0532 0130 00', 'invoice-2231'],
    ['where is parse_config', 'python-snippet'],
    ['ConfigNotFoundError', 'python-snippet'],
    ['max_retries', 'python-snippet'],
    ['unknown-block(0,0)', 'kernel-panic'],
    ['update-initramfs', 'kernel-panic'],
    ['00340434292135100186', 'parcel'],
    ['0x80070643', 'windows-update'],
    ['which device is 192.168.178.77', 'network-plan'],
    ['exit code 137', 'docker-note'],
    ['mem_limit', 'docker-note'],
    ['QX7TRL', 'flight-booking'],
    ['LH1172', 'flight-booking'],
    ['ORA-01555', 'database-error'],
    ['UNDO_RETENTION', 'database-error'],
    ['E24', 'dishwasher'],
    ['SMV46', 'dishwasher'],
    ['RATE_LIMIT_BURST', 'api-keys'],
    ['"piece of luggage"', 'flight-booking'],
    ['"paid back within half a year"', 'rental-contract'],
  ]),
  ...of('typo', [
    ['replcae the pump of the boiller', 'boiler-service'],
    ['renew pasport photografs', 'passport-renewal'],
    ['brown spots on tomatos', 'tomato-blight'],
    ['smoke detektor battery beep', 'smoke-detectors'],
    ['bycicle chain oil', 'bike-chain'],
    ['deposite of the flat rents', 'rental-contract'],
    ['solar pannels on the roof', 'solar-panels'],
    ['cofee machine lime', 'coffee-machine'],
    ['trian late fare paid back', 'train-delay'],
    ['guittar strings tuned', 'guitar-strings'],
    ['apple tree cut in late wintr', 'apple-tree'],
    ['alergy test birch', 'allergy-test'],
  ]),
  ...of('language', [
    ['Wie lange gilt die Garantie für den Kühlschrank?', 'garantie'],
    ['Kassenbon aufheben', 'garantie'],
    ['Vertrag im Fitnessstudio kündigen', 'kuendigung'],
    ['tarte aux pommes', 'recette-tarte'],
    ['maison en Bretagne', 'vacances'],
    ['plage à pied', 'vacances'],
    ['arroz y azafrán', 'receta-paella'],
    ['cita con el médico', 'cita-medico'],
    ['análisis de sangre', 'cita-medico'],
    ['nuovo ascensore', 'riunione-condominio'],
    ['pulizia delle scale', 'riunione-condominio'],
    ['schriftliche Bestätigung', 'kuendigung'],
  ]),
  ...of('unanswerable', [
    ['who won the chess world championship'],
    ['best strategy for trading options'],
    ['how deep is the Mariana trench'],
    ['symptoms of malaria in adults'],
    ['history of the Ottoman empire'],
    ['how to knit a sweater'],
    ['quantum entanglement explained'],
    ['opening hours of the swimming pool'],
    ['visa requirements for Australia'],
    ['lyrics of the national anthem'],
    ['how do vaccines against polio work'],
    ['adopting a dog from a shelter'],
    ['learning to fly a glider'],
    ['population of Brazil'],
    ['install a satellite dish'],
    ['rules of cricket'],
    ['how volcanoes form'],
    ['the plot of Hamlet'],
    ['cheap hotels in Tokyo'],
    ['how to write a haiku'],
    ['treatment of depression'],
    ['import duties on furniture'],
    ['ERR_TLS_4420'],
    ['where is frobnicate_all'],
    ['difference between viruses and bacteria'],
    ['how to play the saxophone'],
    ['stock price of Siemens'],
    ['repairing a wristwatch'],
    ['what is a hedge fund'],
    ['names of the moons of Jupiter'],
    ['how to make sushi'],
    ['climate of the Sahara'],
  ]),
]
