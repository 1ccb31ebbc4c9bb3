/**
 * Other texts and questions, about other subjects than those in collection.ts: weights and thresholds are chosen by these, so that
 * what judges them was not seen before.
 */
import { type Answered, type Collection, collectionOf } from './collection.ts'

/** By the name of their file: what it says, and two questions that it answers without sharing a word that counts. */
const ANSWERED: Answered = {
  'garage-door': [
    'The garage door stops half way since the spring on the left is broken. Do not lift it alone, it weighs ninety kilos. The fitter brings a new one on Monday.',
    'entrance for the car gets stuck',
    'repair of a heavy gate',
  ],
  'electricity-meter': [
    'Read the meter on the last day of December and send the number to the supplier. This year it stood at 48 210, four thousand more than before.',
    'how much power did we consume',
    'report usage to the utility company',
  ],
  'piano-tuner': [
    'Mr. Olsen comes in April to tune the grand. It had sunk by half a tone over the winter because the air in the living room is too dry.',
    'instrument sounds off key',
    'humidity damages the keyboard',
  ],
  'dog-walk': [
    'Bruno needs to be let out at seven, at noon and before bed. Keep him on the lead near the road, he runs after squirrels. Half a tin of meat in the evening.',
    'instructions for the pet sitter of a puppy',
    'feeding the animal while we are away',
  ],
  'jam-recipe': [
    'One kilo of strawberries, half a kilo of sugar, the juice of a lemon. Boil for eight minutes, fill into jars that were rinsed with hot water, turn them upside down.',
    'preserving fruit for the cold season',
    'sweet spread for breakfast toast',
  ],
  'broken-arm': [
    'Jonas fell off the swing and broke his wrist. The plaster stays on for five weeks, after that he may play football again but no judo until summer.',
    'fracture of a child after an accident on the playground',
    'when can my son do sports once more',
  ],
  'loan-bank': [
    'The bank offers 210 000 for twenty years at 3.4 percent. We pay 1 205 a month, and may put in five percent more each year without a fee.',
    'mortgage conditions for buying a house',
    'paying back debt early',
  ],
  'tent-list': [
    'Tent, four mats, two sleeping bags, the small stove, gas, matches, a torch with fresh batteries, mosquito spray, and the rope for the washing.',
    'what to bring for camping',
    'equipment for a night outdoors',
  ],
  'theatre-tickets': [
    'We have seats in the second row for the comedy on the 14th. The curtain rises at half past seven; coats have to be left downstairs.',
    'evening out to see a play',
    'where will we sit at the show',
  ],
  'neighbour-noise': [
    'The people upstairs have had parties until three. I wrote to the landlord with dates and times; he has warned them and may end their contract next time.',
    'complaint about loud music at night',
    'sleepless because of the tenants above',
  ],
  'glasses-order': [
    'The optician measured minus 2.25 left and minus 1.75 right. The frame is ready on Thursday, with lenses that turn dark in the sun.',
    'prescription for my poor eyesight',
    'new spectacles can be picked up',
  ],
  'swim-class': [
    'Mia passed the bronze badge: she swam 200 metres in under fifteen minutes, dived for a ring and jumped from the one metre board.',
    'daughter succeeded at the test in the pool',
    'aquatic achievement of our girl',
  ],
  'sofa-delivery': [
    'The grey sofa comes between eight and twelve on Wednesday. Two men carry it up to the third floor; take away the old one costs 40 more.',
    'when does the furniture arrive',
    'disposal of the former couch',
  ],
  'volunteer-kitchen': [
    'Every second Saturday we cook soup for the homeless in the hall behind the station. Bring an apron. Last time we served 130 bowls.',
    'charity work for poor people',
    'helping those who sleep on the street',
  ],
  'phone-contract': [
    'The mobile plan has 20 gigabytes and free calls in Europe for 14.99. It goes on by a month at a time now and can be stopped whenever I like.',
    'cost of my cellular subscription',
    'how much data may I use on the go',
  ],
  'rain-barrel': [
    'The barrel under the gutter holds 300 litres. Put a net over it against mosquitoes and empty it before the first frost, or it cracks.',
    'collecting water from the roof for the garden',
    'prevent a container from bursting in winter',
  ],
  'birthday-party': [
    'Eleven children come at three. Treasure hunt in the wood, then cake and sausages. Parents fetch them at six. Emil can not have nuts.',
    'celebrating with the classmates of our kid',
    'food allergy of one of the guests',
  ],
  'lame-mare': [
    'The mare is lame on the right front leg. The vet found an abscess in the hoof, opened it and put on a bandage; no riding for ten days.',
    'injured equine patient',
    'foot infection of a large animal',
  ],
  'car-tyres': [
    'Winter tyres are in the cellar, 205/55 R16, five millimetres of tread left. The workshop changes them in October for 60, booking two weeks ahead.',
    'wheels for snow and ice on my vehicle',
    'seasonal appointment with the mechanic',
  ],
  'book-club': [
    'Next we read the novel about the lighthouse keeper. Everyone brings two questions; we meet at Ines, who makes tea, on the first Tuesday.',
    'literature discussion among friends',
    'which story comes up at the monthly gathering',
  ],
  'blood-pressure': [
    'Dr. Amari says 150 to 95 is too much. One tablet each morning, less salt, half an hour of walking a day, and come back in six weeks.',
    'hypertension treatment by the physician',
    'healthier lifestyle to protect my heart',
  ],
  'lost-wallet': [
    'I left my purse on the bus line 12. Cards are blocked; the police report has the number of the case, and the lost property office opens at ten.',
    'what to do after money and papers went missing',
    'stolen credit cards',
  ],
  'french-exchange': [
    'Camille from Lyon stays with us from 4 to 11 March. She does not eat fish, loves handball, and goes to lessons with Clara in the morning.',
    'foreign pupil as a guest in our family',
    'student visiting from abroad',
  ],
  'kitchen-paint': [
    'We took the colour named Linen for the kitchen walls. Two coats, six hours between them; the rest of the tin is on the shelf in the cellar.',
    'redecorating a room',
    'which shade did we use where we cook',
  ],
  'bird-feeder': [
    'Since we put out sunflower seeds, there come tits, a robin and sometimes a woodpecker. Clean the house for them once a week with hot water.',
    'wildlife visiting the garden',
    'hygiene at a place where finches eat',
  ],
  'salary-letter': [
    'From January my pay rises by 180 a month, with a thirtieth day of holiday. The bonus depends on the result of the whole team.',
    'I earn more at work next year',
    'additional vacation granted by my employer',
  ],
  'fire-wood': [
    'Three cubic metres of beech were delivered and stacked along the south wall. It has to dry for two summers until it burns well.',
    'fuel for the stove',
    'storing timber so that moisture goes away',
  ],
  'museum-visit': [
    'The museum of clocks is free on the first Sunday. The guided tour takes an hour, children like the cuckoo room; closed on Mondays.',
    'exhibition of old timepieces',
    'cultural outing that costs nothing',
  ],
  'funeral-uncle': [
    'Uncle Piet is buried on Friday at eleven, in the cemetery by the river. No flowers, he wanted gifts for the lifeboats instead. Coffee afterwards at the inn.',
    'saying farewell to a relative who passed away',
    'donations in memory of the dead',
  ],
  'sewing-machine': [
    'The thread tears when the needle is blunt or the tension too high. Size 80 for cotton, 100 for jeans; a drop of oil after ten hours.',
    'problem while stitching clothes',
    'maintaining a device for making garments',
  ],
  'town-meeting': [
    'The council wants to close the main street to cars on weekends. Shops fear for their customers; the vote is in September, letters are welcome until then.',
    'local politics about traffic',
    'pedestrian zone downtown',
  ],
  'ski-rental': [
    'Skis, boots and a helmet cost 145 for six days if booked online. Bring your weight and the size of your shoes. The shop is beside the lift.',
    'borrowing gear for a snowy vacation',
    'price for hiring sports equipment',
  ],
  'mould-bathroom': [
    'Black spots behind the bath are mould. Air the room twice a day, scrub with alcohol, and keep the door shut while you shower.',
    'fungus growing on damp walls',
    'getting rid of a stain that is unhealthy',
  ],
  'old-camera': [
    'The camera takes 24 pictures on one film. Light meter needs a small battery, 1.35 volts; set 1/125 in the sun and aperture 8.',
    'analogue photography settings',
    'exposure on a bright day',
  ],
  'potato-order': [
    'We get ten kilos of potatoes and a box of carrots from the farm each month. Egg cartons go back. Pay in cash at the gate.',
    'vegetables straight from the grower',
    'subscription for organic produce',
  ],
  'grandpa-hearing': [
    'Grandpa has had his hearing aid for a month. He takes it out when there are many people; it whistles if it does not sit right.',
    'old man wears a device in his ear',
    'elderly relative is nearly deaf',
  ],
  'boat-licence': [
    'For the licence I need a medical certificate, thirty hours on the water and the exam with knots and lights. Next dates are in May.',
    'qualification to steer a motor yacht',
    'becoming a captain',
  ],
  'ant-plague': [
    'Ants march from the terrace to the sugar. Close the gap below the door, wipe their trail with vinegar, put the bait where the cat can not reach it.',
    'insects invade the house',
    'pest control without danger for animals',
  ],
  'carpool-work': [
    'Ahmed drives on Mondays and Wednesdays, I do the other days. We leave at 7.10 from the church; who is late more than five minutes takes the train.',
    'sharing the commute with a colleague',
    'arrangement for going to the office together',
  ],
  'newborn-notes': [
    'She drinks every three hours and has put on 240 grams. The midwife comes on Tuesday; the vitamin drops are given in the morning.',
    'taking care of an infant',
    'weight gain of our baby',
  ],
  'language-tandem': [
    'I help Wei with German, and he teaches me twenty signs a week and how to hold the brush. We meet in the library, always an hour each.',
    'learning Chinese calligraphy from a friend',
    'mutual education between two people',
  ],
  'stair-lamp': [
    'The light on the stairs goes on by movement and off after ninety seconds. The sensor is too sensitive; turn the left screw back a little.',
    'automatic illumination in the hallway',
    'adjusting a detector that triggers too often',
  ],
  'bee-sting': [
    'After the sting his hand swelled up to the elbow. The doctor gave an injection and wrote down an emergency set that he must always carry.',
    'dangerous reaction to a bug bite',
    'medication to take along in case of shock',
  ],
  'club-accounts': [
    'The club has 64 members who pay 36 a year. Rent for the hall takes half of it; 410 were left for notes and the summer fair.',
    'finances of an association',
    'membership fee and expenses',
  ],
  'leaking-blender': [
    'The blender leaks because the rubber ring is worn out. A new one has the part number on the base; it costs three euros.',
    'kitchen appliance drips',
    'spare component for the mixer',
  ],
  'student-room': [
    'Lea found a room in a shared flat in Leiden, 14 square metres for 480 with heating. The bathroom is for four; she moves in on the first of September.',
    'daughter goes to live with other students',
    'affordable housing near the university',
  ],
  'running-shoes': [
    'The physiotherapist says the pain in my heel comes from shoes without support. Roll the foot over a cold bottle, stretch the calf, two weeks off.',
    'sore foot from jogging',
    'exercises against an overuse injury',
  ],
  'wine-cellar': [
    'Twelve bottles of the 2018 should lie until 2027. The white ones have to go this year. Twelve degrees, dark, and the corks wet.',
    'how long can alcohol be kept',
    'storing vintage drinks at the right temperature',
  ],
}

const UNANSWERABLE: readonly string[] = [
  'who painted the ceiling of the Sistine chapel',
  'how does a nuclear reactor work',
  'capital of Mongolia',
  'rules of baseball for beginners',
  'causes of the first world war',
  'how to train a neural network',
  'migration of humpback whales',
  'origin of the Roman alphabet',
  'what is inflation in economics',
  'best surfing beaches in Portugal',
  'how to apply for a patent',
  'biography of Marie Curie',
  'distance from the earth to the moon',
  'how to grow orchids indoors',
  'symptoms of diabetes',
  'learning to juggle',
  'famous works of Beethoven',
  'growing coffee in Ethiopia',
  'how do submarines dive',
  'exchange rate of the yen',
  'construction of the pyramids',
  'how to tie a necktie',
  'the theory of evolution',
  'cure for hiccups',
  'government of Switzerland',
  'how do magnets attract',
  'starting a podcast',
  'diet of polar bears',
  'election results in Canada',
  'what are black holes',
  'making candles at home',
  'meaning of dreams',
  'history of the bicycle race in France',
  'how to breed canaries',
  'setting up a telescope',
  'poisonous mushrooms in the forest',
  'laws about gambling',
  'making a paper aeroplane',
  'how to become a pilot',
  'side effects of antibiotics',
]

export const DEVELOPMENT: Collection = collectionOf(ANSWERED, UNANSWERABLE)
