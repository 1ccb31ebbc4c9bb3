/** Small words that say nothing of what a text is about, in languages of Europe; without accents, as words are compared. */
const COMMON = `
a about after against all also am an and any are as at be because been before between but by can could did do does during for from get had has have here
how i if in into is it its just me more most my no not of off on one only or our out over own same should so some such
than that the their them then there these they through this those to too under until up very was we were what when where which while who
whom why will with without would you your
aber als am an auch auf aus bei bin bis da das dass dein dem den der des die dir du durch ein eine einem einen einer er es fur hat
hier ich ihr im in ist ja kann man mein meine mich mir mit nach nicht noch nur ob oder ohne sein sich sie sind so uber um und uns
unter vom von vor wann war warum was wer wie wieder wird wo zu zum zur
au aux avec ce ces cette comme dans de des du elle en est et etre il ils je la le les leur lui ma mais mes moi mon ne nos notre nous
on ou par pas pour qu que quel quelle qui sa se ses son sont sur ta te tes toi ton tu un une vos votre vous
al como con cual de del donde el ella en era es esta este fue ha hay la las lo los mas me mi mis muy nada no nos o para pero por
porque que quien se ser si sin sobre su sus te tiene tu un una y ya yo
al alla che chi ci come con cosa da dal dalla degli dei del della delle di dove e ed gli ha ho i il in io la le lo ma mi mia mio
nei nel nella non o per perche piu quale quando questo se si sono su sua sul sulla suo ti tra tu un una
`
const WORDS: ReadonlySet<string> = new Set(COMMON.trim().split(/\s+/))

export const isCommon = (word: string): boolean => WORDS.has(word)
