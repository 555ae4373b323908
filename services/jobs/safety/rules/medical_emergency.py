"""Something that needs an ambulance now: breathing, heart, stroke (FAST), overdose, bleeding, loss of
consciousness. What is over, planned or asked about in general is taken out before (not_meant.py)."""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- breathing and choking --
not breathing !(fine|properly through|down|well through|with his|easy until)
(stopped|stops|stop|quit|barely|hardly|no longer) breath* !(fine|properly through|down|well through|with his|on my|a word|easy until|exercises|in the)
(can not|cannot|could not|can hardly|can barely|unable to|struggling to|struggles to|trying to|hard to|difficulty|fighting to|cant|having trouble|trouble|hard time) (breath*|get air|get (his|her|my) breath|catch (his|her|my) breath) !(through (his|her|my) nose|in this|in here|in the house|with all|around (him|her|these)|under|until i|when i think|thinking about|just thinking|i (cried|laughed|sobbed)|because of the (smell|perfume)|my allerg*|laughing|from laughing|at night uses|when (he|she) lies|with (copd|asthma|emphysema)|since (he|she)|on the stairs|on stairs)
(breath|breaths|breathing) ..2 (really|very|so) (weird|strange|shallow|slow|funny|bad)
(for|four|five|six|3|4|5|6|few) breaths a minute
(gasp|gasps|gasping) (for (air|breath|oxygen)|and (blue|not|can not|purple|gray)|like)
(is|she is|he is) gasping !(at|over|when|because)
stopped breathing
(lips|face|fingernails|fingers|nails|skin|she is|he is|turning|turned|turns|going|looks|gone) ..2 (blue|purple|gray|grey|ashen) !(shirt|dress|sweater|cat|hair|eyes|with|walls|paint|badge|ribbon|about|when (she|he) is cold|in the face from laughing|jay|house|today because)
(is|and|throat|was) blue |
(blue|purple) lips
(is|are|was|started|mom|dad|grandma|grandpa|husband|wife|he|she|keeps) ..1 (choking|chocking|chokin) !(me|us|up|on (thin|her words|his words|emotion)|hazard|back|sound)
(he|she|mom|dad|husband|wife|grandma|grandpa) (choked) on !(..4 (fine|ok|okay|bit but|better now))
choking on (food|a|his|her|something|meat|chicken|bread|the|pills|vomit)
(throat) ..3 (closing|closed|swelling|swollen shut|closes|swells)
(face|tongue|lips) ..3 (swelling|swollen|swelled) ..4 (wheez*|breath*|sting|stung|ate|throat|fast)
wheezing and
(allergic reaction|anaphyla*) !((years|a year|months|weeks) ago|last|in 20*|to [the] (tape|soap|lotion|detergent))
(oxygen|o2|sats|sat|saturation) ..3 (machine|is|at|dropped|quit|under|below|tank|concentrator) ..3 (quit|stopped|died|empty|6*|7*|fell|dropp*|struggl*) !(weeks|oclock)
trach came out
(trouble|hard time) breathing ..6 (worse|fast|now|all of a sudden|suddenly|chest|lips)
having trouble breathing
(drowning|underwater|face down|drowned in) ..3 (pool|tub|bath|water|lake)

# -- heart --
(chest) [is|feels|hurts] ..2 (pain|pains|pressure|hurts|hurting|tight|tightness|crushing|squeezing|elephant|heavy|burning and) !(physical|x ray|clear|and the doctor said|was|medicine|congestion|cold|from (anxiety|stress|crying|coughing)|(because|when) (of|i) (anxiety|stress|anxious|stressed|cough))
(pain|pains|pressure|tightness|tight) (in|on|across) (his|her|my|the) (chest|left arm|jaw|heart)
crushing (chest|pain)
clutch* ..2 (chest|heart)
(having|has|had|having a|is having|think|thinks|like|possible|massive|it is) [had|having|is having|he is having|she is having] (a|an) [massive|mild|another|small|mini|big] (heart attack|hart attack|stroke|cardiac arrest|seizure|sezure|aneurysm|embolism|mini stroke) !(in (19*|20*|may|june|july|march|april|august|january|february|october|november|december|september|the (past|spring|fall|summer))|last (year|month|week|summer|fall|spring|winter)|(two|three|four|five|six|seven|eight|ten|many|some|few|a|several|years|a few) ..2 (years|year|months|weeks) ago|years ago|when i (saw|read|heard|got)|when (he|she|they) (saw|read|hears|heard|sees|was|were)|and (is on|takes|has been)|before|since|at (age|work when)|long ago|and [is] recovering|so (now|he|she)|history|survivor|risk)
(heart attack|heart attacks|cardiac arrest) (now|right now|symptoms|happening|i think|i am scared|what do)
| [a] (heart attack|stroke|seizure|overdose|cardiac arrest) |
heart ..2 (racing|pounding|stopped|stopping|fluttering) ..5 (chest|faint|pass out|breath*|can not|dizzy|sweating)
(going to|about to) (pass out|faint)
pacemaker ..3 (shock*|going off|beeping and|stopped)
defibrillator ..2 (shock*|went off|fired)
(chest|arm|jaw) ..6 (sweating|clammy|cold sweat)
left arm ..2 (numb|tingl*|pain|hurts|heavy)
(no|not (find|feel|get)|can not (find|feel|get)|weak|faint|have a|feel a) ..1 pulse !(ox*)
no (heartbeat|heart beat)
(cold|stiff) and ..2 (not|no) (breath*|pulse|moving)
i think (he|she|mom|dad|my <kin>) is dead
doing cpr
| chest (pain|pains) |
chest (pain|pains) !(physical|was|last|in 20*|went away|is gone|anymore|appointment|clinic|medicine|specialist)

# -- stroke (FAST: face, arm, speech, time) --
slur* !(speech from the stroke|since (the|his|her) stroke|when (he|she) is tired|in (his|her) (old|songs)|insults|from (the|his|her|an old) stroke)
(face|mouth|smile|eye|eyelid) ..4 (droop*|crooked|lopsided|sagging|hanging|twisted|uneven|numb)
(face|side) [is|are] droop*
(suddenly|sudden|all of a sudden|now|can not|cannot|stopped) ..2 (talk|talking|speak|see|move|walk|lift|feel|understand|make sense) ..3 (one side|right side|left side|arm|leg|eye|weak|face|talk right|words|blind)
(suddenly|all of a sudden|now) ..3 (can not|cannot|not) (talk|speak|see|move|walk|stand) !(without|to|as (fast|far)|her doctor)
(one side|right side|left side|left arm|right arm|one arm) ..3 (weak|numb|limp|paralyz*|dead|not mov*|not work*) !(since (the|his|her)|from (the|his|her)|for (years|months))
not lift (his|her|my|an|one) ..1 (arm|arms|leg|hand)
can not talk right
(drop*|drops|keeps dropping) ..4 (right hand|left hand|one hand)
(talk*|speak*|sounds|words|speech|walking|acting) ..3 (drunk|garbled|jumbled|gibberish|weird all of a sudden|mumbled|nonsense) !(uncle|on the phone|again last christmas|sailor)
(stroke) (symptoms|signs) ..4 (what do|now|he|she|right now|dad|mom|having)
(has|having|showing|shows|dad has|mom has) (stroke symptoms|signs of (a|stroke)|symptoms of a (stroke|heart attack))
(worst|sudden|terrible|thunderclap) ..2 (headache) ..6 (life|see|vomit*|throw*|ever|blind|stiff neck)
can not see (out of|from) (one|his|her|either)
not making sense ..4 (fever|suddenly|fell|head|sugar)
(fever|burning up|temp|temperature) ..5 (104|105|106|107|not making sense|is not making sense|confus*|seiz*|unrespons*|limp)

# -- consciousness --
(unconscious|unconcious|uncouncious|unresponsive|passed out cold|lost consciousness|losing consciousness|out cold) !((for|last|once|years|months|a) ..2 ago|last (week|month|year)|bias|to (the|his|her|new|that|treatment|chemo))
(in and out of|lost|losing) consciousness
(passed out|fainted|collapsed|colapsed|blacked out|keeled over) !(the|flyers|last (week|month|year|night on)|(on|in) [the] (couch|sofa|bed|chair) (at|after (lunch|dinner|thanksgiving|work|watching))|from (boredom|exhaustion at)|yesterday but|on the field|candy|and is fine|(years|months|weeks) ago|when i was|in (19*|20*))
(he|she|they|it|him|her|<kin>|and|but|still) [is|still|just|really|suddenly] (will not|can not|could not|does not|did not|would not|is not) (wake up|wake|respond|be woken|be woken up|come to|open (his|her) eyes|answer me|get up|waking up|responding) !(before|until|till|early|for (school|work|church|breakfast|the)|on time|at (6|7|8|9|five|six|seven|eight|nine|ten|night|all at)|to (pee|go|eat|my (texts|calls))|in the (morning|middle)|these days|from (his|her) (chair|recliner) without|when|without (help|coffee|a)|the (baby|kids|dog|phone)|so early|unless|easily|too|calls|texts|questions|out of bed in)
(can not|cannot|could not|not able to|unable to) ..2 wake (him|her|them|mom|dad|my|grandma|grandpa) [up] !(before|until|till|early|for (school|work|church|breakfast)|when|so|too|without coffee)
(can not|not) get (him|her) to (respond|wake*|breathe|open|answer|move|come to)
(he is|she is|they are|mom is|dad is|it is|<kin>|is) not (responding|responsive|moving|waking up|waking) !(to (the|his|her|new|treatment|chemo|my (text*|call*|email*))|well to|out|in (until|till|yet)|very fast|at night|until|before|much|as|fast|house|forward|the)
(eyes rolled|eyes are rolling|rolled back|rolling back)
(floor|ground|tub|stairs) ..2 and [is|he is|she is] (not (moving|responding|talking|waking)|can not (move|get up|talk)|unconscious|bleeding)
(seizure|seizures|sezure|convuls*|seizing) ..3 (now|right now|rn|will not stop|not stop*|keeps|again|help|what do|longer|minutes)
(having|has|had|is having|in) [a|another] [bad|big|grand mal] (seizure|seizures|sezure|convulsion*) !(in (19*|20*|three|years|months)|disorder|last|since|for (years|months)|free|(years|months) ago|meds|history|before)
(is|are|started|was|he|she) [just|now] (convulsing|seizing|shaking uncontrollably|foaming)
foam* at the mouth
(sugar|glucose|blood sugar|bs) ..4 (20|21|22|23|24|25|26|27|28|29|30|31|32|33|34|35|36|37|38|39|40|41|42|43|44|45|46|47|48|49|500|600|hi) ..4
(sugar|glucose) ..6 (unrespons*|will not wake|shaking and|passed out|confused and)
diabetic ..3 (passed out|coma|unrespons*|will not wake|shock)
is limp |
(gone|went|going) limp

# -- overdose and poison --
| [an] (overdose|overdosed|od) |
(he|she|mom|dad|husband|wife|son|daughter|brother|sister|friend|grandma|grandpa|bf|gf|boyfriend|girlfriend|uncle|patient|client|they|<kin>) ..2 (overdosed|ods|oded|od d|od ed|odd|is overdosing|has overdosed|od) !((years|a year|months|two|three|four|weeks) ..2 ago|last (year|month|summer)|in (19*|20*)|ago|and (died|passed) (in|last)|when i was)
(i|i think i|i just|i have) [just] (overdosed|od d|oded|odd) !(on (chocolate|coffee|sugar|cookies|pie|caffeine|turkey|tv|hallmark)|(two|three|months|weeks|years|last|once|a|in))
(i|i think i|i just|i have) [just|already|accidentally] (took|taken) an overdose !(of (chocolate|coffee|sugar|caffeine|tv|cuteness|optimism|kindness)|(two|three|months|weeks|years|last (year|month|summer)|once|a|in))
(i|i think i|i may have|i might have) [just|accidentally] overdosed [my] (him|her|mom|dad|<kin>) !(once|(two|three|months|weeks|years|last (year|month|summer)|in))
(took|taken|takes|swallow*|ate|drank|gave (him|her)|given|got|had|has taken|gobbled|chugged|take|injected) [way] (to|too) (many|much) ..3 (<meds>|it|tylenol|of (his|her|my|them|it)|water pills) !(time|money)
(took|taken|swallow*|ate|downed|drank|chugged) [all|a|the|an] [whole|entire|full|bunch|handful|bottle|lot] [of] [of|his|her|my|the|moms|dads|those|these|their|all] ..2 (pills|meds|medicine|medication|tylenol|insulin|morphine|bottle|bottle of pills|pill bottle|tablets|xanax|ambien|aspirin|oxycodone|vodka and pills) ..1 (at once|and|all|what|help|on purpose|just now)
(i|he|she|mom|dad|they|husband|wife|son|daughter|just) [just|accidentally] (took|swallowed|ate|downed) (the whole|a whole|a bunch|a handful|the entire|an entire|a bottle|a lot|every|the rest|a ton|like 20|20|30|40|50) [of] [of] [his|her|my|the|moms|dads|pill|those] ..2 (<meds>|bottle|them|pills)
(pills|meds|medicine|medication|dose|insulin) ..4 (by mistake|by accident|accidentally) ..6
(took|taken|gave|given) ..5 (pills|meds|medicine|insulin|tablets|patches|doses|morphine) ..4 (too many|too much)
(took|swallow*) all (my|his|her|of) ..3 (<meds>) !(at (6|7|8|9|1*|noon|eight|nine|bedtime|night)|to the|back to|with (water|food|breakfast|applesauce)|today (without|like|good)|this morning|on time|like|so proud|without)
double (dose|dosed) ..8 (can not wake|will not wake|breath*|unrespons*|bleeding|weird|sleepy|limp|not wake)
(gave|given|took|taken) ..4 twice ..6 (bleed*|weird|unrespons*|breath*|wake|faint)
(second|two|both|extra) (patch|patches|one) ..8 (snoring|wake|breath*|eyes|blue|purple)
forgot to take off the first
(swallow*|drank|drink|drinks|ate|eaten|ingested|drunk) ..2 (drain cleaner|bleach|antifreeze|poison|battery|batteries|detergent|ammonia|lighter fluid|gasoline|cleaner|clorox|lye|rat poison|button battery|perfume|windex|tide pod|tide pods|rubbing alcohol)
(and) (is|he is|she is) (really|so|all) out of it
(took|swallow*|drank) ..6 (out of it|feel weird|feel funny|feel sick|vomiting|dizzy)

# -- bleeding and injury --
(so much|lots of|a lot of|too much|losing|pool of|covered in|throwing up|vomit*|cough*|puk*|spit*|pee*|spurting|gush*) [of] blood !(work|pressure|tests|sugar|thinner*|draws|relatives|thinners)
(bleed|bleeding|bleeds|blood) ..4 (will not stop|not stop*|wont stop|everywhere|a lot|heavily|badly|bad|all over|and it will not|can not stop|keeps coming|profusely|out of (his|her) (ear|ears|eyes|mouth)|from (his|her|my|the) (ear|ears|head|mouth)) !(when i change|of appointments)
blood (everywhere|coming out|all over the)
(can not|not) stop the (bleeding|blood)
(coughing|throwing|vomiting|puking|coughed|threw|vomited) [up] blood
blood ..3 (ear|ears|mouth|head) !(test|pressure)
(cut|severed|hit) (an|his|her|the) artery
bleeding (out|to death|from (his|her) (head|ear|ears|mouth))
(head) ..6 (throwing up|vomit*|confused|bleeding|blood|unconscious|will not wake|passed out|knocked out|dizzy and|slur*)
(fell|fall|fallen|slid|slipped|dropped) ..8 (slur*|unconscious|not (moving|responding|waking|breathing)|can not (move|get up|stand|((talk|speak) !(about|to|with|on)))|bleeding|blood|will not wake|hit (his|her) head hard|broke|broken|screaming|talking (funny|weird|like)|passed out|confused|throwing up|vomiting|bone|speech|droop*|drunk) !(in (19*|20*)|last (week|month|year)|(weeks|months|years) ago|a little|nothing)
(on the floor|on the ground) ..3 (not mov*|and not|unconscious|not respond*|bleeding|can not)
(hip|leg|arm|neck|skull|back) ..2 (broken|broke|snapped) ..4 (screaming|can not move|bone)
bone ..2 (sticking out|showing)
(hit|cracked|split) (his|her|my) head ..3 (bleed*|blood|confus*|throw*|open)
(electrocuted|drowning|stabbed|shot) (himself|herself|in the (chest|stomach|head|leg))
(he|she|mom|dad|grandma|grandpa|husband|wife) [has|just] (stopped breathing|collapsed|colapsed|coded)
call* 911 ..4 (he|she|i|now|is|has|have) ..5 (chest|breath*|stroke|blood|wake|fell|seiz*|pain|unconscious)
call an ambulance
need* an ambulance
is this an emergency ..6
he is dying right now

# -- text: what a second author taught us --
(slumped|slumping) (over|down|forward|to one side) !(asleep|snoring|napping)
(seizing|convulsing) (on and off|for|again|still|nonstop|and|right|now)
(eyes open|staring) ..4 not (answer*|respond*|react*)

# -- the questions of C-SSRS and IPT, put more generally --
(took|taken|swallowed|ate|drank) ..2 (whole|entire) (week|bottle|box|pack|month) ..3 (pills|meds|<meds>)
(bone) ..2 (sticking|poking|coming) out
soak* through ..3 (towel*|bandage*|sheet*|gauze)
(can not|not) feel my (left|right|whole) side
(gibberish|not making sense) ..8 (mouth|face|one side|arm)
(hit (his|her) head) ..8 (throwing up|vomit*|not stay awake|sleepy|confused|stay awake|not wake)
(all|is|went|gone) limp
"""

ES = """
no (respira|respiro|puede respirar|esta respirando|respria|puedo respirar|reacciona|responde|reacsiona|le (encuentro|siento|encuentran) ..1 pulso|tiene pulso|contesta y) !(por la nariz|bien por|a (la|los|mis) (quimio|mensajes|llamadas|medicina|tratamiento)|en este|al tratamiento)
(dejo|deja|dejado) de respirar
(apenas|casi no|no puede|cuesta|trabajo|dificultad|le falta|me falta) ..1 (respira|respirar|para respirar|el aire|aire) !(por la nariz|acondicionado)
(no|ya no) [se] (despierta|dspierta|puedo despertar*|despierto|lo puedo despertar|la puedo despertar) !(antes|temprano|hasta|a (las|tiempo|mi)|en la manana|de (buenas|malas)|tan|con)
no (despierta|dspierta) !(antes|temprano|hasta)
(dolor|duele|presion|opresion|punzada) ..3 pecho
(le|me) (duele|dule) ..2 pecho
(infarto|imfarto|ataque al corazon|ataque cardiaco|derrame|embolia|paro cardiaco|convulsion) |
(esta|le|creo|dando|dio|da|teniendo|tiene|tuvo|tenga|este) ..3 (infarto|imfarto|ataque al corazon|ataque cardiaco|derrame|embolia|paro|convulsion|convulsiones|ataque epileptico) !(en (19*|20*|mayo|enero)|el (ano|mes) pasado|la semana pasada|hace|cuando (vi|vea)|y toma|y ahora)
(se le|tiene|le) ..2 (torcio|torcida|chueca|caida|cayo|paralizo) ..2 (boca|cara|lado|brazo)
(boca|cara) ..2 (torcid*|chuec*|caid*|de lado)
no (puede mover|mueve) ..2 (brazo|lado|pierna|cara|mano)
no (puede|puedo) (hablar|moverse|ver) ..3 (bien|lado|de repente|brazo|y) !(ingles|con)
(habla|hablar|abla|hablando) ..2 (raro|arrastra*|como borrach*|trabado|enredado|incoherente)
(cayo|callo|resbalo|golpe|caida) ..8 (habla raro|no (habla|abla|reacciona|responde|se mueve|despierta|puede)|arrastra*|sangr*|vomit*|confund*|inconsc*|borrach*) !(la semana pasada|hace)
no (habla|abla) bien
(ahogando|ahogo|ahoga|atraganto|atragantando|asfixiando) ..2 (con|comida|no puede|y|pollo|carne|pan)
se [esta] (ahogando|asfixiando|atragantando|desangrando|muriendo ahorita)
se atraganto
(convulsion*|convulsionando|combulsion*)
(inconsciente|inconciente|desmayado|desmayada|desmayo|desvanecio|sin conocimiento|perdio el conocimiento|conocimiento) !(la semana pasada|hace|el mes pasado)
(sobredosis|sobre dosis|sobredocis) !(en (19*|20*)|hace|taller)
(tomo|tome|trago|trague|tomado) ..2 (todas|todo|demasiad*|muchas|un monton|un frasco|el frasco|de mas|un chorro|mas pastillas) ..3 (pastillas|frasco|medicina*|pildoras|insulina|morfina|sus|mis|las) !(para (el dolor|la tos) hoy)
(trago|tomo|bebio|trague) ..1 (cloro|veneno|acido|detergente|anticongelante|gasolina|insecticida|raticida)
(sangre|sangra|sangrando|sangrado) ..4 (no para|mucha|cabeza|oido|boca|mucho|no deja|por todos|no se detiene)
(mucha|tanta|escupe|vomita|vomitando|tose|tosiendo|vomito|orina) sangre
(le sale|sale) ..2 sangre
(labios|cara|unas|piel|boca) ..2 (morad*|azul*|gris|palid*)
(esta|se puso|puso|ta) (morado|morada|azul|gris) |
(falta|cuesta) ..2 (aire|respirar)
golpeo la cabeza ..6 (vomit*|confund*|sangr*|dormid*|mare*)
(azucar|glucosa) ..4 (20|25|26|27|28|29|30|31|32|33|34|35|36|37|38|39|40|45|no responde|no reacciona|desmay*)
(esta|tirad*|piso|suelo) ..4 no se mueve
no se mueve
(frio|fria) y no ..4 (pulso|respira|mueve)
no [le] (siento|encuentro) [el] pulso
(se desmayo|desmayo) y
(garganta|lengua|cara) ..3 (cerrando|hinchando|hinchada|hincho|cierra) ..4
llam* (a una|una|la) ambulancia
(necesito|necesita|necesitamos) una ambulancia
taza ..4 mano ..8
(suda|sudando) ..5 (pecho|brazo|frio)
pecho ..6 (suda|brazo|sudando|aire|respirar)
(brazo izquierdo) ..3 (duele|dormido|adormecido)
"""
