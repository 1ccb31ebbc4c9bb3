/**
 * More texts and questions that weights and thresholds are chosen by, about other subjects than those in development.ts and
 * collection.ts: what was chosen by the ones alone was tried with the others.
 */

import { type Answered, type Collection, collectionOf } from './collection.ts'

/** By the name of their file: what it says, and two questions that it answers without sharing a word that counts. */
const ANSWERED: Answered = {
  'freezer-defrost': [
    'There was so much ice in the freezer that the drawers no longer closed. Switch it off over night with a bowl below, and do not scratch at the walls with a knife.',
    'getting frost out of a cooling device',
    'thick white layer where we store peas and meat',
  ],
  'chimney-sweep': [
    'The sweep comes on the 9th between seven and ten. Somebody has to let him into the attic. Last time he found a nest of jackdaws in the flue.',
    'appointment for removing soot',
    'birds were blocking the smoke outlet',
  ],
  'ferry-crossing': [
    'The ferry to the island leaves at 6.40 and takes two hours and ten minutes. Be at the ramp forty minutes early with the van. Dogs stay on deck.',
    'travelling by ship with a vehicle',
    'departure time of the boat',
  ],
  'pottery-class': [
    'My first bowl cracked in the kiln since there was air in the clay. Knead it longer, let it dry for a week, and glaze only what has been fired once.',
    'ceramics hobby beginner mistakes',
    'why did my handmade dish break in the oven',
  ],
  'blood-donation': [
    'You may give half a litre every eight weeks. Eat well beforehand, drink a lot, and carry nothing heavy with that arm for the rest of the day. My group is A negative.',
    'helping patients who need a transfusion',
    'precautions after the needle at the clinic',
  ],
  'pension-letter': [
    'If I stop at 63 I will get 1 340 a month, at 67 it will be 1 610. Three years are missing from when I studied; proof has to be sent in.',
    'how much will I have when I am old and no longer work',
    'retiring early or late',
  ],
  'customs-parcel': [
    'The lens from Japan is held at the airport until they see the bill. On top of the price come 19 percent tax and a fee of six for the form.',
    'package from overseas was stopped at the border',
    'extra charges on imported goods',
  ],
  'shower-drain': [
    'Water stands in the shower. Lift the grid, pull out the hair with a hook, pour in baking soda and then vinegar, wait, and rinse with a hot kettle.',
    'clogged pipe in the bathroom',
    'unblock where I wash',
  ],
  'hens-coop': [
    'The six hens lay four or five a day now. Shut them in at dusk because of the fox, and give them crushed shells so that what they lay is not so thin.',
    'keeping poultry in the backyard',
    'protect chickens from a predator',
  ],
  'thesis-notes': [
    'The supervisor wants the second chapter shorter and the sources newer. Hand it in bound in two copies by the end of the term; forty pages at most without the appendix.',
    'feedback from my professor on the dissertation',
    'length of the final paper at university',
  ],
  'release-meeting': [
    'We agreed that version 3 is put off by two weeks, since export fails with large files. Sana writes the test, Tom tells the customers, and we look again on the 20th.',
    'why is the launch of the product delayed',
    'who informs the clients about the new date',
  ],
  'shop-move': [
    'The web shop goes to the new provider on Sunday night. First the data, then the names; for an hour orders are not taken. The old machine stays on for a week.',
    'migration of our online store to another host',
    'downtime planned for the weekend',
  ],
  'induction-hob': [
    'On the new hob only pans work to which a magnet sticks. The child lock comes off by holding the key symbol for three seconds. No sand, no steel wool on the glass.',
    'which cookware suits the modern kitchen surface',
    'unlocking the safety function of the cooker',
  ],
  'mattress-return': [
    'We may sleep on it for a hundred nights. If it is too soft they fetch it and give the money back; it has to be without stains, so leave the cover on.',
    'trial period for a bed',
    'refund when something is not comfortable',
  ],
  'parking-fine': [
    'I got a ticket for 35 since the disc was not behind the windscreen. I can object within two weeks and sent a photograph of the sign, which is hidden by a branch.',
    'appeal against a penalty from traffic wardens',
    'punished for leaving the car in the wrong place',
  ],
  'magazine-end': [
    'I have written to the publisher that I no longer want the weekly. The last issue arrives in the second week of May; the rest of what I paid comes back.',
    'unsubscribe from a periodical',
    'no more journals in the mailbox',
  ],
  'citizenship-test': [
    'Thirty-three questions, of which seventeen must be right. It costs 25 and lasts an hour. They ask about the constitution, elections, and the state where you live.',
    'exam for becoming a national of the country',
    'naturalisation requirements on civic knowledge',
  ],
  'sleep-diary': [
    'Awake at three again. Since I leave the screen in the kitchen and have no wine after dinner it is better; in bed at eleven, up at half past six, also on Sundays.',
    'insomnia and what helps against it',
    'better habits for a restful night',
  ],
  'lentil-soup': [
    'Fry onions and carrots, add red lentils, cumin and a tin of coconut milk, and let it simmer for twenty minutes. Lime at the end. Enough for four.',
    'hearty vegan dish with legumes',
    'quick supper for the family',
  ],
  'stained-shirt': [
    'Red wine on the white shirt: salt at once, then cold water, then gall soap. Never hot, or it stays for ever. Grease goes away with chalk.',
    'getting a spot out of clothing',
    'laundry advice after spilling a drink',
  ],
  'moths-carpet': [
    'There were larvae below the carpet. We vacuumed every seam, hung traps, and put the woollen pullovers into the freezer for a week.',
    'vermin that eats textiles',
    'saving my knitwear from insects',
  ],
  hamster: [
    'Pablo sleeps by day and wants no hand in his cage then. Fresh hay, a wheel of 28 centimetres, a few seeds, and never two of them together, they bite.',
    'caring for a small rodent',
    'can such animals live as a pair',
  ],
  'snow-duty': [
    'It is our turn in odd weeks: the pavement has to be clear by seven, and strewn with grit where it is icy. Salt is not allowed in this town.',
    'who clears the footpath in cold weather',
    'obligations of residents when streets are slippery',
  ],
  'lift-broken': [
    'The lift has stood still since Thursday. The part comes from Italy and takes ten days; Mrs. Brand on the fifth floor has her shopping carried up by the boys.',
    'elevator out of service',
    'assistance for a neighbour who can hardly climb steps',
  ],
  'dance-class': [
    'On Fridays we learn tango; leather soles, no trainers. Eight evenings are 120 for a couple. Who comes alone gets a partner if they say so a day ahead.',
    'moving to music with somebody in the evening',
    'proper footwear for ballroom lessons',
  ],
  'drone-rules': [
    'Below 250 grams no licence is needed, but insurance is. Not higher than 120 metres, not over people, and not within a mile of the airfield.',
    'regulations for unmanned aircraft',
    'where may I fly my quadcopter',
  ],
  'market-stall': [
    'The pitch at the flea market is three metres wide and costs 27. Build up from six, cars have to be gone by eight. The records and the china go first.',
    'selling second-hand things on the square',
    'getting rid of old stuff for a little cash',
  ],
  'house-plants': [
    'While I am away: the fern wants a glass every other day, the cactus nothing at all. Turn the ficus a little, it leans to the light. The key is with Jo.',
    'watering instructions for the holidays',
    'green things on my window sill need attention',
  ],
  migraine: [
    'It begins with flickering before the left eye, and then the light hurts. A tablet in the first half hour helps; later only a dark room. Cheese and stress bring it on.',
    'severe headache triggers',
    'medicine against attacks of pain in the head',
  ],
  'kindergarten-place': [
    'We have a place from August, from eight until two, lunch included. In the first fortnight one of us stays there with him. Change of clothes and slippers in a bag.',
    'day care for our toddler',
    'settling in period at the nursery',
  ],
  'pocket-money': [
    'Nine is old enough for three a week. It is theirs, also for sweets; what they break on purpose is paid from it. From fourteen once a month and into an account.',
    'allowance for kids by age',
    'teaching young people about finances',
  ],
  'retirement-speech': [
    'Begin with the story of the burnt cake, then thirty-one years of night shifts, then what the ward will miss. Five minutes, no jokes about the boss. Hand over the garden bench.',
    'farewell words for a colleague who leaves',
    'gift from all of us to the nurse',
  ],
  'radio-repair': [
    'The old set hums because a capacitor dried out. Draw out the plug and wait, since it bites for minutes after. The valve with the green eye still glows.',
    'vintage electronics restoration',
    'danger of electric shock while fixing equipment',
  ],
  'e-reader': [
    'Borrowed titles vanish from the device after three weeks by themselves. Hold the power key for fifteen seconds if the page is stuck. It lasts a month on one charge.',
    'digital books from the library expire',
    'frozen screen on my reading gadget',
  ],
  'floor-oil': [
    'Sand the boards with 80, then 120, and vacuum twice. Rub the oil in thin with a cloth and wipe it off after twenty minutes. Rags can catch fire: spread them outside.',
    'treating parquet so that it looks new',
    'hazard of self-ignition with used fabric',
  ],
  'first-aid': [
    'Thirty compressions, two breaths, in the middle of the chest, hard and fast. Send one for the defibrillator by the lift. Who breathes but does not answer is laid on the side.',
    'reviving somebody whose heart stopped',
    'emergency training for lay people',
  ],
  'river-flood': [
    'The river stood a metre deep in the street. We got the insurance to pay for the heating and the freezer, but not for the carpets. Sandbags are in the fire station.',
    'damage after high water',
    'what was covered when our home was inundated',
  ],
  'allotment-lease': [
    'The plot is 240 square metres with a hut. A third must be for fruit and vegetables, no sleeping over, and hedges not above 1.20. The rent is 190 a year.',
    'rules for our little piece of land outside the city',
    'cost of a community garden',
  ],
  'climbing-rope': [
    'The rope is ten years old and goes to the swing. Look it over each time for soft spots; after a hard fall cut off the end. Keep acid and sun away from it.',
    'when should safety gear for mountaineers be replaced',
    'inspecting a cord that holds my life',
  ],
  'brass-band': [
    'Sunday at ten in front of the town hall, in blue jackets, black shoes. We play four marches and the hymn. Bring pegs for the sheets, it will be windy.',
    'open-air concert of wind players',
    'dress code for the musicians',
  ],
  'care-service': [
    'A nurse comes to mother twice a day, for washing and for her stockings. The fund pays 760 of it; for cooking and cleaning there are 125 more.',
    'support at home for an elderly parent',
    'what does the insurer contribute to looking after her',
  ],
  'exchange-term': [
    'For the half year in Lund they want a list of marks, a letter of motivation and a certificate that I speak English. The place in the dormitory has to be asked for apart.',
    'studying at a Swedish university for one semester',
    'application documents for going abroad',
  ],
  'kite-building': [
    'Two sticks of spruce, crossed at a third, paper that covers them with a border of two fingers, and a tail of six times its height. Let it up with the wind behind you.',
    'crafting a toy that flies',
    'autumn activity with children outdoors',
  ],
  'well-water': [
    'The sample from the well had too much nitrate, 68 where 50 are allowed. Good for the lawn, not for the baby. Test again after the farmer has spread no slurry for a year.',
    'is what we pump from the ground safe to drink',
    'pollution by agriculture',
  ],
  'wasp-nest': [
    'There is a nest under the eaves as large as a football. They are protected; the man from the council moves it at dawn. Until then keep that window shut.',
    'stinging insects living close to us',
    'relocation of a swarm by an expert',
  ],
  'night-train': [
    'We have two berths in the sleeper to Vienna, carriage 263. It leaves at 22.31, breakfast is at seven; bicycles had to be booked apart.',
    'overnight rail journey to Austria',
    'reservation for sleeping on the way',
  ],
  'voice-hoarse': [
    'The doctor looked down my throat: the cords are swollen. A week without speaking, no whispering either, steam in the evening, and tea that is not too hot.',
    'cannot talk because of laryngitis',
    'resting my larynx to recover',
  ],
  'ring-lost': [
    'I lost the ring while weeding, between the beans and the gate. Hari has a detector and comes on Saturday. It is gold with a small blue stone.',
    'jewellery missing since gardening',
    'searching for metal in the soil',
  ],
}

/** Half of them about matters of a household, which are nearer to what texts such as these say. */
const UNANSWERABLE: readonly string[] = [
  'who discovered penicillin',
  'longest river in Africa',
  'why is the sky blue',
  'how does a jet engine work',
  'the fall of the Roman empire',
  'capital punishment in the United States',
  'how to solve a quadratic equation',
  'life cycle of a butterfly',
  'paintings by Rembrandt',
  'distance between London and Edinburgh',
  'the rules of rugby',
  'how do earthquakes happen',
  'inventor of the telephone',
  'religions of India',
  'what is a blockchain',
  'temperature on the surface of Venus',
  'the French revolution',
  'how does the immune system fight cancer',
  'dinosaurs of the Jurassic',
  'winners of the football world cup',
  'poems by Emily Dickinson',
  'difference between a crocodile and an alligator',
  'chemical formula of caffeine',
  'how are diamonds formed',
  'grammar of Latin',
  'best restaurants in Barcelona',
  'the speed of light',
  'how to invest in gold',
  'Viking ships and their crews',
  'number of bones in the human body',
  'how to make yoghurt',
  'shaving with a straight razor',
  'choosing a wig',
  'replacing the battery of a laptop',
  'how to iron trousers',
  'planting tulips',
  'hiring a lawyer for a divorce',
  'teaching a parrot to talk',
  'how to whiten teeth',
  'building a wooden canoe',
  'learning to ride a motorcycle',
  'tattoo removal',
  'installing a dishwasher',
  'hair loss in young men',
  'making beer in the basement',
  'how to fold a fitted sheet',
  'buying a used caravan',
  'signs of pregnancy',
  'wallpaper for the nursery',
  'hanging a heavy mirror',
  'training for the long jump',
  'recipe for Peking duck',
  'quitting smoking',
  'how to prune roses',
  'opening a savings account for a company',
  'cleaning a silver teapot',
  'tickets for the opera in Milan',
  'sewing curtains',
  'stopping a nosebleed',
  'names for a baby boy',
  'how to change a fuse',
  'starting a vegetable business',
  'calculating the area of a room',
  'setting the clock of the microwave',
]

export const MORE_DEVELOPMENT: Collection = collectionOf(ANSWERED, UNANSWERABLE)
