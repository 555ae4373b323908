"""What reads like a crisis and is none. It is taken out of the text before the rules read it, so that
only the rest of the text can be a crisis: "I'm not suicidal, I just don't want to wake up" still is.
"""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- negation: said not to be so, unless a "but" takes it back --
not [going to|planning to|trying to|gonna|about to|want to|wanting to|here to|thinking of|thinking about|at all|really|exactly|even|actively|feeling|being|or never|ever] [to] (kill|hurt|harm|killing|hurting|harming|end|ending|cut|unalive) (myself|my self|anyone|anybody|him|her|my life|anything like that) !(but (i think|i am|i might|i do not|it|part|sometimes|the)|i just wish|without|in front|until|unless|at work)
not that i want to (die|kill myself|hurt myself)
(not|never) [going to|want to|gonna|do|mean to|meant to|mean] [to] (die|kill myself|kill him|kill her|hurt him|hurt her|hurt anyone) !(but (i think|i am|i might|i do not|it|part|sometimes|the)|alone|in|without|here|like)
not mean (i|that i) [want to|wanted to] (die|kill myself|be dead)
not (suicidal|thinking about suicide|thinking of suicide|considering suicide|a suicide risk) [or anything|at all] !(but)
(is not|was not|am not|never been|not been|never felt) [ever] suicidal
(suicidal) and i said no
not (thinking|talking) (of|about) (ending|taking|killing|hurting|suicide) [my life|myself]
not thinking of ending my life
(no|any|zero|without|not have|not having|never had|never have had|not had|not have any) (thoughts|thought|intention|intentions|plan|plans|urge|urges|desire) (of|about|to) ..2 (suicide|hurt myself|hurting myself|killing myself|kill myself|ending my life|self harm|dying|hurt anyone|harm myself|harming myself|hurting anyone|hurting him|hurting her)
never [once|ever|even] (thought|think|thinking|thoughts) (about|of) ..2 (suicide|dying|killing myself|hurting myself|ending my life|hurting him|hurting her)
(would|could|will) never [ever] (hurt|kill|harm|hit|touch|do that to|hurting) (myself|him|her|them|anyone|anybody|my ..2 <kin>|me|a fly|a soul)
(would|could|will) (never|not) [ever] (kill|hurt|harm|hit|touch) (myself|me|him|her|them|anyone) !(but)
never [ever|once] (hit|hurt|harmed|touched|laid a hand on|abused|lay a hand on|hits|hurts|threatened|choked|beat) (me|him|her|them|anyone|us|my ..2 <kin>)
never lay a hand on
(no one|nobody) (is|has|was|has ever|ever) (hurting|hurt|hitting|hit|abusing|abused|touching) (me|him|her|us|them)
not (hurting|hitting|abusing|beating|abusive|violent|having chest pain|having a (heart attack|stroke|seizure)|in danger|choking|bleeding|unconscious|unresponsive|overdosed)
not (hit|hurt|abuse|beat|choke) (me|him|her|us)
(not|no more|no longer|no) ..2 (chest pain|chest pains|slurred speech|slurring|seizures|trouble breathing|shortness of breath|drooping)
(was not|is not|not) (a|an) (stroke|heart attack|seizure|overdose)
(chest pain|chest pains|seizure|seizures|slurring|bleeding) ..1 (is|are|was|has) ..1 (gone|better|over|anxiety|reflux|gas|stopped)
(chest pain) [and] ..1 it was (anxiety|gas|reflux|nothing|heartburn|indigestion)
(breathing) [is] (fine|ok|okay|normally|better|easier|well)
no (she|he) did not fall
not want to disappear on (you|him|her|them)
(lots|plenty|so much|everything|much) to live for

# -- idiom --
(this|that|the|these|those|traffic|work|my ..1|your ..1|his snoring|her snoring|it|price|prices|heat|bills|shoes|back|feet|knees|head|knee|hip|suspense|commute|job|paperwork|bill|joke|humidity|stairs|wait|waiting|boredom|pollen|allergies|mortgage|house|disease|cancer|grief) [is|are|just|is slowly|really|always|about|was|will|would|absolutely|almost|nearly|literally|slowly] (kill|kills|killing|killed|murdering) (me|us|her|him) !(and|i want|so i|literally i)
(kill|killed|killing|dying|die) for (a|an|some|the|one|that|this|another|ten|five) ..2
(dying|die) to (see|know|try|meet|hear|get|go|eat|watch|read|visit|tell)
(dying|die|died|dies|dead|die a little|death) (of|from) ..2 (laugh*|embarrass*|boredom|curiosity|heat|shame|hunger|cringe|cuteness|exhaustion|bored*)
(nearly|almost|practically|about) died (laughing|when|of|from)
die laughing
(die|death) of (me|boredom)
to die for
dying (out here|over here|laughing|inside|on me|on us)
so (hungry|hot|tired|bored|embarrassed|thirsty|cold|full) [that] i (could|might|will) die
(dead|bone) (tired|on my feet|beat|asleep|serious|end|line|battery|zone|weight)
dead [and] (battery|phone)
over my dead body
(phone|battery|car|laptop|tv|hearing aid|plants|lawn|grass|engine) ..3 (die|dies|died|dying|dead)
(kill|killing|kills) (time|two birds|the (lights|engine|mood|vibe|sound|music|weeds|ants)|it (at|in|on|with|today)|bugs|weeds|ants|germs)
kill it
killing it
career suicide
suicide (on a|squad|squeeze|doors)
(is|be|was|would be|driving that is|commute is) suicide (on|to (try|drive|go)|at rush|in this)
(social|political|financial|professional) suicide
shot myself in the foot
shoot myself in the foot
bite the bullet
end of my rope
rope for ..4
(jump*) (on (a|the|this|it)|in (a|the) (pool|shower|car|bed|lake)|start|for joy|off the (couch|sofa|bed|chair|phone|call)|rope|through hoops|at the|to conclusions|ship)
(nearly|almost|about|me|gave me|having|had) [had|have|gave me|having] a (heart attack|stroke|coronary) (when|over|at|hiding|seeing|from (the|laughing)|hearing)
(give|gives|gave|giving) (me|us|him|her) a (heart attack|stroke|coronary|seizure)
have a (stroke|heart attack|coronary|cow) (when|if|over)
will have a (stroke|heart attack) when
(strangle|kill|murder|smack|slap|choke|shoot) !(myself|me) ..4 (for|lol|vacuum|printer|computer|phone|remote|squirrel*|copier|tv)
(murder|kill|strangle|shoot) (that|the|this) ..2 (vacuum|printer|computer|phone|remote|squirrel*|copier|tv|dog next door|rooster|leaf blower|neighbor*)
(mom|dad|wife|husband|sister|brother|boss|he|she|they) [is|are|will|is going to|is gonna] ..2 (kill|murder|shoot|strangle) me (when|for|about|if i (forget|eat|spend|lose|break|miss|cook|buy|wear|throw|do not (bring|call|finish|clean)))
going to be the death of
(choking|choked) up
chokes on thin
breathing down (my|his|her) neck
(can not|cannot) breathe (in this|in here|with all|around all|under all|until (friday|the))
breathe through (her|his|my) nose
breathing through
(hit|hits|hitting) (me|him|her|us) (up|with (a (ton|question|bill|joke|fee|smile|kiss)|the (news|bill|idea|question)|questions)|that|hard (this|that|when|to)|when i (saw|realized|heard|read))
(it|that|reality|grief|the bill|the news|sadness|loneliness|hunger|exhaustion|tiredness|fatigue|heat|smell) [just|really|suddenly|finally|all] (hit|hits|hitting) (me|him|her|us)
(beat|beats|beating) (me|him|her|us) (at|to|in|by)
(beat|beats|whip*) me (every time|again)
cut myself (shaving|chopping|cooking|slicing|some slack|on|opening|peeling|off|with|trimming|gardening|in the kitchen|making)
cut (myself|him|her) (some|any) slack
(himself|herself) (shaving|chopping|cooking|slicing|gardening|in the kitchen|on the|up (some|a))
(wanted|want) to disappear (when|after (she|he) said|into (the|my)|for (a|an|one)|to (a|an|the))
(bury|buried|drown*) [me|myself] in (paperwork|laundry|work|forms|bills|coffee|debt|ice cream|chocolate|emails|it|calls)
drown my (sorrows)
off myself to
dead (asleep|last|wrong|right|set|center)
(dies|died|die) laughing
break a leg
shoot (me|you|him|her|us|them) (a|an|your|the) (text|email|message|note|line|call|list|link)
shoot for
shoot me the
stab at
take a stab
stroke of (luck|genius|midnight)
stroke (awareness|survivor|support|rehab|club|patient|recovery|unit|center)
heart attack (of|on a plate|survivor|risk|prevention)
(hang|hanging|hung) (in there|up|on|out|by a thread|myself out)
pain in the neck
(feel|look) like death (warmed over|warmed)
like the dead
scared to death
(bored|worried|tired|sick|frozen|starved|scared|loved|talk*) to death
death and taxes
death by (paperwork|powerpoint|casserole|committee)
(over|for) dead
walk of shame
knock* me out
(hit|hits) (the|a) (wall|sack|road|gym|hay|nail|deer|pothole|bottle|button|curb|mailbox|counter|door)
(hurt|hurts|hurting) (my|his|her|your|their) (feelings|heart|pride|ears)
without hurting (my|his|her) back
hurt* (my|his|her) (back|knee|shoulder|neck|foot|ankle|hip|hand|wrist|finger|toe)
hurt myself (lifting|moving|falling|at work|gardening|working out|trying to lift|by accident|transferring|turning him|turning her|at the gym|carrying)
(like|as if|feel|feels) ..2 (drowning|suffocating) (in|under|with|by)
drowning in (paperwork|laundry|bills|forms|debt|emails|work|dishes|it)

# -- jokes, marked as such --
(if|when|another) ..8 (i am|i will|i would|me|going to) ..5 (die|sea|window|scream|jump*|shoot*|kill|murder) ..6 (lol|jk) !(not|but)
(lol|jk) [i am] (dead|deceased|dying)
(die|dying|dead|deceased|kill me|shoot me|killing me|killed me|window|homicide|murder|ocean|sea|poison*|strangle ..4|suicide) ..7 (lol|jk|just kidding) !(not|but|i am not|i mean it|i am serious|fr|seriously|tho)
| [ugh|lol|please] just (shoot me|kill me) !(i mean|i am serious|please|not joking)
lol (shoot me|kill me)
(shoot me|kill me) now ..8 lol
lol i am (dead|deceased|dying)
| i am (dead|deceased) lol
(put|puts) (me|us) out of my misery
(haunt|haunting) ..4 if i die
when (he|she) is good and ready
eat another ..2 i will die

# -- billing and service --
(end|ending|kill|cancel|stop|terminate|delete|quit|close) ..1 (my|the|this|our) ..1 (subscription|membership|plan|account|service|trial|contract|day|week|call|month|shift|conversation|chat|policy|lease|enrollment|texts|messages|profile)
end it i do not want to (pay|be charged)
(want|wanted) out of this (plan|marriage|contract|subscription|program|lease|deal|house)
goodbye [and|i am ending|now|and thank*|thanks] ..2 (thank*|trial|service|subscription|moved|memory care)
goodbye (for now|card|party|and thank*)
(not|will not) be here (next month|next week|tomorrow|anymore) [because|so|cause] (we|because we|i am traveling|traveling|moving|my sister)
(last day) (on|of) (the|my) (free|trial|plan|job|month|vacation|work)
(better off) with (the|a) (yearly|monthly|annual|other|family|basic|bigger|smaller)
better off without (cable|it|that|this (service|plan|app)|a (car|landline)|the (car|cable|gym))

# -- grief, and death of the one they care for --
(died|dies|die|death|lost|passed) (by|of|from|to) (suicide|an overdose|overdose|a heart attack|heart attack|stroke|a stroke|cancer|covid)
(lost|losing) (a|my|our|his|her) ..2 to (suicide|overdose|an overdose)
(killed|hung|hanged|shot) (himself|herself|themselves) (when i was|years|a year|back in|in (19*|20*)|last year|before i)
(suicide|overdose|stroke|heart attack|abuse|abused|abusive ..1|hit me|beat me|raped|seizure|attempt) ..4 ((<number>) (years|year|months|decades) ago|years ago|decades ago|a long time ago|long ago) !(and now|again)
(died|killed) ..3 overdose
(wants|want|wanted|hopes|wishes|like) to die (at home|in (his|her) [own] (bed|home|house)|with dignity|peacefully|surrounded)
(did not|not) wake up this morning ..3 (hospice|she is at peace|he is at peace|the nurse|peace|gone)
(let|letting) (him|her|them) (go|die) (peacefully|naturally|in peace|at home|with)
(not|never) (want|ready) [for] (my|him|her|them) ..2 to die
(afraid|scared|worried) ..2 (he|she|they|mom|dad|my ..1 <kin>) (will|might|is going to|is|could) die !(by|and)
(put|putting) (the|our|my|him|her) ..2 (cat|dog|pet) (to sleep|down)
(cat|dog|pet|pets) ..4 (euthan*|put down|put to sleep|died|die|dies)
(was|were|got) killed (by|in)
dying to the self
actively dying
not want* to die !(alone)
(am i|is (he|she)|are they) (going to die|dying)
(is|are|she is|he is) (going|about) to die [soon|within|in]
watching (him|her|them|my ..1 <kin>) die

# -- quoting a film, a book, the news; what others did --
(movie|film|book|novel|show|series|episode|play|song|sermon|story|mystery|opera|news|radio|tv|channel|program|documentary|podcast|paper|article|western|westerns|character|video) ..9 (suicid*|kill*|die*|dies|died|murder*|abuse|overdose|jump*|shot|shoot*|rape*|strangl*|gun*|poison*|drown*|hang*|bridge|stab*) ..3
(suicid*|elder abuse|overdose|abuse|murder|domestic violence) ..3 (movie|film|book|novel|show|episode|play|song|news|radio|pamphlet|brochure|poster|training|workshop|awareness|class|program|prevention|screening|hotline poster|side effect|is on and)
suicide (prevention|awareness|screening|hotline poster|is a side effect|rates|statistics|walk|loss (group|survivor*)|survivor*)
suicidal thoughts are a side effect
side effect* ..4 (suicid*|suicidal thoughts)
(abuse|overdose|naloxone|narcan|cpr|suicide|choking) (training|reporting|kit|class|kits|workshop|course|prevention|poster)
(training|class|course|workshop) ..4 (abuse|overdose|suicide|choking|cpr|someone stops breathing)
living without you
(a|some) (man|woman|guy|teen|stranger|person|lady|kid) [in ..3|who ..2|just|two towns over] (jumped|killed|shot|overdosed|stabbed|hung|hanged|collapsed|died|drowned)
(neighbor|coworker|colleague|celebrity|actor|friends) ..3 (overdosed|died|killed|shot|abusive|hung) ..4 (last|years|ago|in|i just|started)
abusive ex i just
(thelma|romeo|hamlet|shakespeare) ..9
to be or not to be

# -- over, long ago --
(used to|use to) (be suicidal|cut|hit me|beat me|self harm|hurt myself|abuse me|want to die|wish i was dead) !(and|again|who|but)
used to (hit|beat|hurt|choke) me !(and|again|but|now)
(suicidal|cutting|cut|self harm*|wanted to die|tried to (kill myself|die)|abused|abusive|hit|beat) ..5 (when i was (a (kid|child|teen|teenager)|in (college|high school|my)|1*|2*|young*|little)|as a (kid|child|teen|teenager)|in (high school|college))
((in (19*|20*))|years ago|decades ago|a long time ago|long ago|back then) ..4 (tried|attempted|used|wanted|had|was|thought|got|almost) ..4 (kill myself|die|suicide|suicidal|cut|end my life|stroke|heart attack|hit me|beat me|overdosed)
(had|has had|suffered|having|survived|since|after|from|history of|with|was a|be a|about|of|did) (a|his|her|my|the|that|an|two|three|another|small|mini) ..1 (stroke|strokes|heart attack|heart attacks|seizure|seizures|overdose|aneurysm) ..2 (in (19*|20*|january|february|march|april|may|june|july|august|september|october|november|december|the (spring|fall|summer|winter)|his|her)|last (year|month|week|summer|fall|spring|winter|june|july|march|april|may)|(<number>) (years|months|weeks|days|decades) ago|years ago|a (year|month|week|while) ago|months ago|before|and (is on|recovered|takes|has been|was)|two|three|when (he|she) was|at (age|4*|5*|6*|7*|8*)|so (he|she) (walks|takes|uses|can not|needs))
(the|her|his|since|after|from|my|old|first|second|last) (stroke|heart attack|overdose|seizures|seizure) ..2 (two|three|four|five|six|ten|in|last|left|he|she|years|affected|recovery|and|made|took|medicine|meds|drugs)
(seizure|stroke) (meds|medicine|medication|doctor|specialist|monitor|history|disorder|unit)
(signs|symptoms|warning signs|sign) of (a|an) (stroke|heart attack|overdose|seizure) !(what do i|right now|he is|she is|and)
what are [the] (signs|symptoms) ..6
(fell|passed out|fainted|collapsed) ..2 (last (week|month|year|summer|night and is fine|winter|spring|fall)|(<number>) (days|weeks|months|years) ago|a (week|month|year|while) ago|in (19*|20*)|yesterday (and is|but|just))
(chest pain|er|hospital|ambulance) ..4 last (week|month|year)
last (week|month|year) for chest pain
(hospital|er|ambulance) ..6 (it was|turned out) (anxiety|gas|nothing|reflux)

# -- medical small talk --
can not (talk|speak) about (it|this|that|him|her)
(said|told|says|tells|reminded|supposed|when) ..2 to call 911 (if|when) ..8
call 911 if ..6
should (he|she|someone) ..6 if (he|she|someone) ..4
sleep apnea !(..3 not breathing) ..8
(speech|occupational|physical) (therapist|therapy) ..10 slur*
working on (his|her) slurred
slurred speech from
(short|shortness) of breath (on|when|climbing|after|with exertion)
unresponsive to
(hard|slow) to wake in the
(bruises|bruise|bruising) ..2 (from|because|due) ..2 (blood thinner*|falling|the fall|iv|needle|labs|shots|medicine|meds|his fall|her fall)
bleeding a little
bleeds a little
(pass|passed|passes|passing) (out (the|flyers|candy|water|cookies|his|her)|a (kidney|test|stone)|(his|her|the) (swallow*|test|exam|physical))
cut (her|his|my|the|their) (pills|meds|tablets|food|meat|hair|nails|toenails|grass|sandwich|fruit|pancakes|portions)
(chest) (x ray|physical|congestion|cold|therapy|pt)
(how many|how much) ..3 (in a day|a day|per day|each day|can (he|she) take|should (he|she) (take|get)|safe|with grapefruit|daily)
(naloxone|narcan)
risk assessment
(euthan*) ..3 (dogs|cats|pets|dog|cat|legal for)
(dispose|get rid|throw away|flush|drop off|return) ..3 (pills|meds|medicine|medication|gun|guns|morphine)
(locked|lock|store|stored|moved|sold) ..4 (gun|guns|rifle|rifles|pills|meds|ammo) ..6 (safe|brother*|police|lockbox|away|so (he|she)|with)
gun safe !(code)
gun (show|club|range|permit|license|store)
(counts|counting|organiz*|sort*|crush*|refill*|picked up|pick up|ran out of) (her|his|the|my|all her|all his) ..2 (pills|meds|medicine|morphine) !(and|to see|if|until|enough)
pill (organizer|box|cutter|crusher|splitter|dispenser)
(take|takes) (her|his|my) pulse
pulse (ox*|oximeter|was|is|of|twice|rate)
(sob|sobbed|sobbing|cried|crying|laughed|laughing|screamed) ..3 (not|hardly|could not|can not) breathe
(asked|asks|form|question*|doctor|nurse|screening|screened|checklist) ..3 about ..2 (suicide|overdose|abuse|self harm|stroke|falls) ..5 (history|form|risk|screening|checklist|survey)
carbon monoxide (detector|alarm)
suicide (risk|question*) ..3 (form|survey|questionnaire|assessment)
depression screening

# -- dementia: what they believe, not what happens --
(thinks|believes|convinced|says|accuses|accused|imagines|paranoid|hallucinat*) ..4 (tv|neighbors|neighbor|people on|man in|nurses|the government|aliens|the cat|mailman) ..6 (kill*|poison*|hurt*|steal*|attack*|shoot*|beat*)
(poisoning|killing|trying to (kill|poison)) (him|her|me) it is the (dementia|lewy|alzheimers|disease|infection|uti|meds|delusion*)
asked if i was trying to (poison|kill) (her|him)
trying to poison (her|him) with
(he|she) was murdered in (her|his) dream

# -- sleep, rest and other plain wishes --
(sleep|asleep) and (not|never) wake up (till|until|before|at)
(hope|hoping|wish) (he|she|they|the baby|mom|dad|baby|it|the kids|that he|that she|nobody) ..2 (not|never) (wake|wakes|waking) [up] (before|till|until|when|while|during|early|again tonight|so)
(hope|hoping|wish) (the|my) (baby|kids|toddler|dog) ..2 not wake up
(not|never) wake up (till|until|before|at|early|so early|for|on time)
if (he|she|they) (never|did not|does not) (wake|wakes|woke)
never wakes up before
not want to wake up this morning the
sleep forever (please|lol|this)
rest in peace
tired of living (in|with|out|at|here|on|like a (slob|pack rat)|off)
not want to be here (at|in (this|the)|another|tonight|when|for the|all night|all day|doing)
point of (having|calling|trying|asking|paying|going|doing|arguing|cleaning|cooking)
(hit|did|made) a wall
world without (sugar|coffee|chocolate)
jump on (a|the) call
goodbye to (the|her|his|our) (house|car|old|aide|nurse|dog|home)
writing my will
(did|made|doing|signed) our wills

# -- text: what a second author taught us --
not like i [really|actually|even] want to (kill myself|die|hurt myself|end my life) !(but (i think|i am|i might|sometimes))
(never|no|not (had|have|having)) [had|have|having|any] [any] suicidal (thoughts|ideation|feelings) !(but|until|before|like this)
was (suicidal|cutting|hurting myself) ..1 in my (teens|twenties|thirties|20s|30s|early|late) !(and (still|again|now))
(hit|beat|choked|hurt|abused|punched|slapped) me ..3 left (him|her) (in <year>|years ago|long ago|decades ago)
my first (husband|wife|marriage|boyfriend) ..1 (hit|beat|choked|hurt|abused|slapped|punched) me
(overdosed|overdose|fell|collapsed|seizure) ..6 (back in|last) (january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|fall|winter|year)
(end|ending) it after (this|the) (month|trial|billing|free)
suicide is painless
asked ..2 if ..7 (killing myself|kill myself|hurting myself|hurt myself|suicid*|dying|ending my life) [and|so|but] i said [of course|absolutely|heck|hell] (no|not|never|nope)

# -- the questions of C-SSRS and IPT, put more generally --
(attempted|tried) suicide ..4 (when i was|years ago|as a|in (19*|20*)|back in)
years ago i (was suicidal|wanted to die|wished i was dead|would have wished i was dead|tried to kill myself) !(and (now|still|again|i still)|again)
survived (a|an|his|her) (overdose|stroke|heart attack) ..5 (year|years)
(form|questionnaire|survey|checklist) (had|has|asks|asked|says|said) ..6 (suicid*|better off dead|hurt yourself|kill yourself|safe at home) !(..4 (yes|yeah|every|often|sometimes|maybe|lied|always|most))
(screen|screens|screened|screening) ..3 for (suicide|abuse|depression)
(assisted|physician assisted) suicide ..2 (bill|law|vote|debate)
(bill|law|vote|debate) ..6 assisted suicide
stops breathing without the (cpap|mask|machine)
shoot me if i ever
(asked|asks) ..2 (do you (want|feel|have|think)|are you) ..5 (hurt yourself|kill yourself|suicid*|safe at home|hurt anyone) !(..4 (yes|yeah|sometimes|maybe|lied))
"""

ES = """
# -- negation --
no me quiero (morir|matar) !(pero)
no [estoy] (pensando|pienso) en (suicid*|matarme|quitarme|hacerme dano)
no (quiero|voy a|pienso|quisiera) (matarme|morirme|morir|suicidarme|hacerme dano|hacerle dano|lastimarlo|lastimarla|pegarle|lastimar a) !(pero|sola|sin)
(nunca|jamas) ..3 (haria dano|haga dano|pegado|pegaria|lastimaria|lastimado|golpeado|mataria|suicid*|pego|ha tocado)
no [me] (pega|golpea|maltrata|viola)
no (le|me) (duele|dolia) ..2 pecho
no (fue|es|era|tuvo|tiene|le dio) ..1 (infarto|derrame|convulsion*|embolia|sobredosis)
[ya] respira (bien|mejor|normal)

# -- idiom --
(me|nos) (mata|matan|esta matando|estan matando|mato) (de|la|el|los|las|este|esta|tanto|con su|su) !(diciendo)
(este|ese|esta|esa|el|la|los|las|tanto|tanta|trafico|espalda|pies|rodillas|calor) ..2 me (mata|matan|esta matando|estan matando|estan|va a matar de)
me (muero|moria|estoy muriendo|morire) (de|por|del)
(muerta|muerto|muertas|muertos) (de|del) (cansancio|hambre|sueno|risa|miedo|frio|calor|verguenza|la risa)
(me muero|me moria) ..2 (risa|hambre|sueno|ganas|despues del|si no me)
(hermana|mama|esposo|jefe|hermano|papa|esposa|jefa|marido|hija) me (va a matar|mata) (cuando|si|por)
mataria por
casi me da un (infarto|derrame|paro|ataque)
me (va a dar|dio|dara|da) un (infarto|ataque|derrame) ..2 (cuando vi|con (el|la|los)|del susto|de la risa|si)
ahogando en (papeles|trabajo|deudas|ropa|cuentas)
ahogarme en (un vaso|papeles|deudas)
ni (muerta|muerto)
se me murio (el|la) (celular|carro|telefono|planta|bateria)
matando el tiempo
matar (el tiempo|cucarachas|el hambre|hormigas)
me (pego|pega) [duro|fuerte|mucho] (el|la|un|una|mucho) (sol|risa|hambre|calor|frio|sueno|aire|gripa|gripe|ataque|sentimiento|noticia|nostalgia)
se me (pego|pega)
le pegue (al gordo|una|un|el|la|a la (loteria|pared|puerta|pelota))
trag* la tierra
me quiero morir de (verguenza|pena|risa|la (risa|verguenza|pena))
(junta|otra|si) ..6 (me muero|matenme|me tiro|me mato) ..4 (lol|jaja*)
(matenme|matenmelo) ..8
(me muero|se muere) ..5 (jaja*|lol)
si como ..4 me muero

# -- billing --
(terminar|acabar|cancelar|borrar|terminen|cancelen) ..1 [con] (mi|este|el|la|esta|su) ..1 (suscripcion|plan|cuenta|servicio|membresia|contrato|prueba)
(adios|despedida) y gracias
(fiesta|comida|tarjeta|carta) de despedida (de|para) (la|el|su) (cuidadora|enfermera|jefe|trabajo|companera)
para siempre mi cuenta
cuenta para siempre

# -- grief, past, quotes --
(murio|fallecio|muerte) ..4 (suicidio|sobredosis|infarto|derrame|covid|cancer)
(hermano|tio|primo|papa|amigo|hijo|padre|vecino|abuelo|hermana|tia|prima|amiga|madre) ..2 se suicido
se suicido (hace|cuando|en)
(quiere|quisiera) morir (en [su|la] casa|en paz|tranquil*)
no quiero que se muera
no (quiere|quieren) morir*
se (va|nos va|van|esta por) [a] morir* [pronto]
miedo ..3 que se (muera|me muera)
(de joven|hace (<number>|muchos|anos|diez|veinte|cinco)|cuando era (nin*|joven|adolescente|chic*)) ..4 (suicid*|matarme|pegaba|maltrataba|morir|golpeaba|infarto|derrame)
(mi ex|exesposo|ex esposo|ex marido) ..2 me (pegaba|golpeaba|maltrataba) ..8
(tuvo|tuvimos|sufrio|despues del|desde el|tras el|del) ..1 (derrame|infarto|ataque|embolia|convulsion*) ..1 (en (19*|20*|enero|mayo)|el (ano|mes) pasado|hace|la semana pasada|y toma|cuando)
(senales|sintomas|signos|que es) ..2 (derrame|infarto|embolia|sobredosis)
(se cayo|se desmayo|cayo) ..1 (la semana pasada|hace|el (mes|ano) pasado|ayer pero)
(taller|curso|platica|clase|folleto|programa|video) ..12
(novela|pelicula|libro|serie|programa|noticias|cancion|obra|radio|tele|capitulo) ..9 (suicid*|mata*|muer*|muri*|golpe*|pega*|viola*|ahorc*)
(cree|piensa|dice|jura) que (los vecinos|la tele|las enfermeras|el vecino|la gente) ..5
es la demencia
no despierta (antes|temprano|hasta|tan)
no despert* (hasta|antes|temprano)
ojala no despierte antes
en este departamento
(cansad*|hart*) de vivir (en|con|aqui|asi en)
no quiero estar aqui (en !(este mundo|esta vida)|otra|toda)
que sentido tiene (llamar|pagar|hablar|preguntar|ir)
(cuantas|cuantos) ..4 (al dia|puede tomar|debe tomar|por dia|diarias)
"""
