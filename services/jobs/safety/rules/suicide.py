"""Intent, plan, means and self-harm of the one who writes (C-SSRS items 2 to 6)."""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- naming it (C-SSRS 2: thoughts of killing oneself) --
(kill|killing|killed|hang|hanging|hung|shoot|shooting|shot|stab|stabbing|strangle|suffocate|suffocating|smother|off|offing|end|ending|gas|drown|drowning|poison|poisoning|murder|execute|unalive*|asphyxiate) myself
(wanttodie|iwanttodie|wannadie|iwannadie|wanttokillmyself|iwanttokillmyself|killmyself)
| killing myself
drown myself
suicide
suicides
suicidal
suicidality
unalive* !(him|her|the|that|my)
commit* suicide
sewerslide
self (harm*|injur*|mutilat*|hurt*)
selfharm*
<desire> be dead
(want|need) to be dead
make myself dead

# -- wish and intent to die (C-SSRS 1 and 4, answered as the graver) --
(want|wants|wanted|wanting|need|ready|about|plan|planning|decided|going|wish i could|like|prepared|choosing|chose|deserve|trying|willing|have) to [just|really|fucking|go and|go ahead and|be able to] die !(laughing|of|from|at home|in my own|in peace|for|to see|someday|eventually|one day|alone|a natural|old|when|after bingo)
(i|want|wish|please|and) ..1 <want> [to] die (tonight|today|now|already|right now|so bad|so badly)
(i|and) (should|might|will) just die !(laughing|of|from)
(i|and) could just die !(laughing|of|from|she|he|they|it|when|right there)
let me die
want [to] die
dying is (all|the only|what)
all i want is to (die|be dead|not be here)
(i|just) want death
not want to live !(with|in !(this world|this body|pain|this life|this hell|a world)|here|there|near|at|on|off|by|next|together|alone|like a|out)
(not|never) want to [keep|go on|continue] (living|live) [like this|this way|life] !(with|in|here|there|near|at|out|by|next)
(not|no longer) want to (be|stay) alive
not (live|living) [like this] (anymore|any more|any longer|no more)
can not live [like this|this way] (anymore|any more|another day)
ways (to|of) (die|dying|ending|end it|kill|killing)
(way|how|painless|easiest|fastest|quickest|painlessly) ..2 to (die|kill myself|end it all|go and not)
(painless|painlessly|peaceful|quick|easy) ..2 (death|way to (die|go|end))
(way to go|way out) that (will|would|does) not hurt
(plan|planning|planned|staging) my [own] (death|suicide)
die by my own
(want|wanted) out of (this|my) life
(leaving|leave) this (world|earth|life) !(better|a better)

# -- ending it (C-SSRS 2) --
(end|ending|ended|take|taking|took|taken|finish|finishing|finished) my [own|miserable|stupid|useless|whole|sorry|damn|pathetic] (life|existence|suffering|misery|pain)
<desire> [to] ..2 (end|ending|finish) (it|it all|things|everything) !(with|at|up|here with|by getting|between)
(end|ending) it all
(end|ending) it (tonight|today|now|soon|on|this|after|before|when|once|for good|forever|here)
(end|ending) (things|everything) [for] (myself|my life|for me|for good|forever)
(done|finished|through|over) with [this|my] (life|living) !(insurance|in|with|here|at)
<desire> ..1 (let go|check out|be gone|leave) (and end|of life|of this life|for good|forever|from this world|and never come back)
go to sleep for good
(throw|throwing) (myself) (off|in|into|under|out|from|down|in front)

(keep|keeping) myself alive
(so|too|this|very|really|getting|pretty) close to (ending (it|my|everything)|doing it|killing|jumping|suicide)
(can not|could not|not want to|not able to) ..1 (go on|keep on|keep|continue) (living|existing|being alive) !(with|in|here|at|together|on (this|his|her|one))
(no one|nobody|nothing|too late) ..3 (save|help) me [now|anymore] ..2 (goodbye|too late|end it|gone|done)

(put|putting) an end to (my|it all|it tonight|myself|everything|this life|all of (it|this))
(time|good day|good night|day) for me to die
(checking|check|opt|opting) out of (life|this life|this world|living)
(stop|end|ending|finish) (the|this|all this|my) (pain|suffering|misery|hurt|torment) (for good|forever|tonight|permanently|myself|once and|now)
(only|best|easiest|quickest) (way out|way|option|answer|choice|solution|escape|exit|relief) ..4 (is|seems|feels|left) ..2 (death|dying|to die|suicide|to end|ending|killing|to kill|to not be alive)
(death|dying|suicide|killing myself) ..2 (is|seems|feels like|looks like) ..2 (only|best|easiest|an|my) (way|option|answer|choice|solution|escape|exit|way out)
(voice|voices|something|head|brain|mind) ..3 (tell|tells|telling|says|saying|said) [me] [to|i should] ..2 (die|kill|hurt|jump|end|cut|do it|drive off)
i (will not|can not|am not going to|may not|might not|do not think i (will|can)|do not know if i (will|can)) [be able to] make it (through|to) (the|tonight|tomorrow|morning|another) [night|morning|weekend|week|day|end] !(to|s|appointment|meeting|of the)
(should not|not safe to|not safe|afraid to|scared to) be [left] alone (tonight|right now|with myself|with my (thoughts|own thoughts|head))
(kill|killing|ending|taking) (my|me) [own] (self|life)
(i|going to|about to|ready to|will) pull the (trigger|plug on (myself|my life))
(would|want to|going to) take myself out
take myself out [of this (world|life)] !(to|for|on|of the (house|city))
(not|never) going to survive this (week|night|weekend) i (have|am|will)
(last|final) (text|message|words|thing) ..4 (from me|ever|before i|i will (ever|send|say))
sorry [everyone|mom|for everything|to everyone] | goodbye [everyone|forever] |
(forgive me|i am sorry) ..6 (by the time|when i am gone|for what i am about|goodbye forever|this is the only way|i can not stay)
(sorry|forgive me) for what i am (about|going) to do
(bought|buy|buying|got|get|getting) ..2 <gun> ..2 (for myself|to (use|end|do it)|today and|yesterday and)
i am [going|walking|driving|heading|headed|on my way] [over|up|down] to the (bridge|train tracks|tracks|cliff|roof|ledge) !(game|club|light*|with|show|park|concert)
<desire> [to] (swallow|down|gulp) ..3 (pills|meds|bottle|tablets)
(swallow|take|taking) (them all|all of them|the lot|every last one|every single one) !(on time|with|at)
(thinking|think|thought|want|going) ..2 (of|about|to) (taking|take) ..2 (all|every|too many|a lot of|a bunch of|extra) ..3 (pills|meds|medicine|tablets|them)
(the|these|my|his|her|those|all these) (pills|meds) (look|looked|looking|seem|are calling|call) ..3 (good|tempting|inviting|me|answer)
(bang|banging|slam|slamming|hit|hitting) my head (against|on|into) ..3 (until|hard|on purpose|over and over|again and again)
(dig|dug|digging) my nails ..4 (blood|bleed*|skin|until)

(look*|staring|thinking|researching|searching|googl*) ..2 (at|about|for|up|of) ..1 (bridges|nooses|ropes|rooftops|tall buildings|cliffs|overpasses|train schedules|guns to)
<gun> ..1 (looks|looking|is looking|look|seems|seem|looked) [pretty|really|so|very|awfully] (good|tempting|inviting|nice|easy|friendly)
not (sure|certain|convinced|know if) ..2 (i am going to|i will|i can|i would) make it (through|past|to) (tonight|the night|tomorrow|the week|this week|the weekend|today|another)
(got|get|getting|took|take|have|grabbed|pulled|brought) (the|a|my|his) [old] (razor|razors|razor blade|blade|blades) (out|again|in)
(taking|swallowing) (the|these|all|all the|my|his|her) ..1 (pills|meds) (now|tonight|right now|one by one|with (vodka|whiskey|wine|alcohol))
(plan|idea|decision|intention) is to (take|swallow|drink|jump|drive|hang|overdose|inject|shoot|cut|walk|turn on|use)
(see|seeing|picture|picturing|imagine|imagining|dream|dreaming|vision*|thoughts) ..3 myself ..2 (hanging|dead|bleeding|jumping|falling|drowning|in (a|the|my) (coffin|casket|grave)|with (a|the) (gun|rope|noose))
(use|used|using|turn|turned) it on (myself|me)
(everything|all) is (ready|set|prepared|arranged) ..2 | ..4 (pills|letters|rope|gun|note)
(had|have|got) access to ..2 (gun|pills|means)
if i had (a|the) (gun|pills|courage|guts|nerve|bullet) ..2 (i would|would have)
(knife|razor|blade|scissors) ..3 (so tempting|tempting|calling|again tonight|my skin)
(over|it is over|done) for me ..4 (pills|tonight|goodbye|gun|rope|bridge)

(no|not any) other (way out|way|option|escape|choice) ..3 (death|dying|die|suicide|kill|but death|but to die)
(this|it|tonight) is (my|the) (last|final) (message|text|words|letter|night|day alive|goodbye) !(before (i|we|the) (move|leave|sleep)|shift|here at|at (work|the)|of (the|vacation|radiation|chemo)|in (this|the) (house|apartment|hospital))
not (try to|bother to|come) stop* me
not stop me (this time|now|anymore)
(way|ways) to ..1 (not|never) (wake|be here|exist|wake up|be alive)
(chosen|chose|picked|decided on|found) (my|a|the) (method|way to (die|go))
(researching|research|searching|search*|googl*|look* up|reading about) ..3 (methods|lethal*|ways to die|painless*|suicide*)
doing it tonight
(see|join|meet) you ..3 (on|in) (the other side|another life|heaven soon)
(relaps*|back to|started) ..2 cutting !(back|down|the|coupons|out)
| [i am|been] (cutting|burning|scratching|hurting) (again|myself|until)
(scratch*|pick*|bit*|cut*) until (i|it) bleed*
(pain|hurt|suffering) to (end|stop) (forever|for good|permanently|tonight)
(autodesvivir*|desvivirme|autolesion*|unalive)
| (buying|bought) [a|the|some] rope |
kill myself lol (but|no|not)

(when|if|once|after|as soon as) ..5 (dies|die|passes|is gone|hospice) i (go|die|am going|am gone|will go|will die) [too|with (him|her|them)]
(quickest|fastest|easiest|best|least painful|painless) ..1 way to (end|go|end it|do it)
(talk|get) me (down|off) [from|of|off] (the|this|a) (bridge|ledge|roof|edge)
no more pain [for me] (after|tonight|tomorrow|soon)
i am ending (things|it|everything) !(with|at|up|the|early|by)
(was|were) (going|about|ready) to do it ..2 but (the (dog|cat|kids|phone)|my (daughter|son|kids|dog|cat)|she|he|i (chickened|got|stopped|could)|someone|somebody)
(going|about|ready) to do it (tonight|last night)
(would have|could have) done it (already|by now|years ago) ..1 (but who|but for|if (it was|it were|i|not)|except)
(i|just) ~1 (took|pulled|got|brought|take|pull|get) (out|down) ..3 <gun>
i ~2 (hold|held|holding|loaded|picked up|pick up|stare at|stared at|looked at|look at) ..4 <gun>
<gun> ..5 (i took it|i held it|i hold it|held it|look at it|looked at it|picked it up|take it out|took it out)
(on|at|to|near|by) the (bridge|tracks|overpass|ledge|roof|cliff|railing) (again|alone|looking down|and thought|thinking|and cried|at night)
garage ..4 (car on|engine on|car running|engine running|hose)
(fall asleep|sleep|sit|close my eyes) ..3 garage
plastic bag (on|over|around)
(foot on the gas|pedal down|floored it|speeding|no seatbelt|seat belt) ..6 (wall|tree|truck|crash|cliff|bridge|end)
(enough|plenty of) ..2 <meds> ..6 (my heart|me|stop)
who gets what ..3 | ..3 (pills|gun|rope|note)
(pills|gun|rope) (are|is) by (the|my) bed
(i|and) ~2 (hit|hits|hitting|bite|biting|punch|punched|punching|slap|slapped|slapping|choke|choked|choking|bash|bashing|scratch|scratched|burn|burned|burning|pinch|stab|stabbed|whip) [and hit|and bite] myself !(with the (door|drawer)|on the|by accident|accidentally|cooking|with (hot|the iron|coffee)|in the (knee|shin))
(bash|smash|beat|knock|blow) my [own] (head|brains|skull|face) [in|out|open]
(think|thinking|thought|want|wanting|urge|need|tempted) (about|of|to) ..2 (cutting|cut) !(back|down|off|out|corners|the|my|her|his|it|up|coupons|costs|on|into|grass|hair|wood|sugar|salt|carbs|ties|vegetables|through|short|class|some|food|expenses|cable|calories|bangs|hours|a)
(living|live) (just|only) long enough to
(this|tonight|it) is how i (die|go|end)
(not|never) see (another|the) (sunrise|morning|christmas|birthday|spring|summer|sunday|monday) (and|because i|i have decided|on purpose)
(bottle|pills|gun|rope|razor|knife) ..4 (is|are) (my|the) (only|best) (friend|way out|answer|option|escape)
(all|everything) i need is (a|the|one|some) (rope|gun|bullet|bottle|push|pills|bridge|train)
(a|the) (bullet|rope|noose|train|bridge|gun) (would|could) (fix|solve|end|be|stop|finish)
i have [been] (rehears*|practic*) ..3 (it|how|jump*|dying)
(finally|really) going to do it ..3 (myself|die|bridge|pills|end)

letting go of the (wheel|rope|rail)
let go of the (wheel|rail|railing)
(swallowed|took) (4|5|6|7|8|9|1*|2*|3*|ten|twenty|thirty|some|several) of (her|his|my|the) (pills|<meds>) ..6 (rest|more|thinking|all|end)
(carve|carving|slice|slicing) ..2 my (arm*|leg*|skin|wrist*|thigh*)
(scratch*|pick*|peel*|rip*) my skin (off|raw|until|open)
the cutting (started|is back|again|has)
(my|these) brains ..2 (wall|floor|ceiling)
not be a (problem|burden|bother) ..4 (after tonight|tomorrow|anymore after|soon)
(scared|afraid) i (will|am going to|might) (do it|go through with it) [this time|tonight|again]
(gun|rifle|pistol|shotgun) is loaded
said goodbye | tonight
full tank ..3 closed garage

finish the job myself
(kill|killing|hang|shoot) yourself and (fail|live|survive)
(try|tries|tried|trying) to kill yourself
i attempted (last|again|before|once|twice|in|it|this)

# -- self-harm --
<desire> [to] ..3 (hurt|harm|cut|burn|injure|damage|hurting|harming|cutting|burning|punish) (myself|my self)
(going|might|will|could|thinking about|afraid i will|like|keep|kept|been|started|back to|urge to|want to|stop|of) [to] (hurt|harm|cut|burn|hurting|harming|cutting|burning|scratching) myself
(i|and|just|went|have) ..1 (cut|burned|burnt|scratched|harmed|hurt|slashed|injured) myself !(shaving|chopping|cooking|slicing|on the|on a|lifting|moving|falling|by accident|accidentally|with the can|opening|peeling|some|slack|off|out|at|today (lifting|cooking|at)|when|while|trying to|in the kitchen|a)
| (cut|cutting|burning|hurting|harming) myself (again|tonight|today)
i hurt myself (on purpose|again|when|so)
(hurt|harm|cut|burn*|scratch*|hit*|bruis*|pinch*|starv*) (myself|my ..2) ..3 (on purpose|purposely|intentionally|to feel|until i bleed|until it bleeds|bloody)
(starving|starve|starved) myself !(all|today|before|for)
(cut|cutting|slit|slitting|slash|slashing|slice|slicing|sliced|scratch*) ..2 (my|both) [left|right|own|inner|upper] (wrist*|arm|arms|thigh*|leg|legs|throat|skin|vein*|forearm*|neck) !(shaving|off|on the|on a|at)
<blade> ..2 (to|on|in|into|against|across|at) my [left|right|own] (wrist*|arm|arms|thigh*|leg|legs|throat|skin|neck|heart|chest|belly|stomach)
(started|started to|been|am|was|back to|keep|kept|urge to|need to|want to|relapsed and|stop) (cut|cutting) !(back|down|off|out|corners|the|my|her|his|it|up|coupons|costs|on|in|into|grass|hair|wood|sugar|salt|carbs|ties|vegetables|through|short|class|a|an|myself some|his|their|some|everything|sweets|calories|food)
(urge|urges) to (cut|hurt|harm|burn) !(back|down|off|out|my hair|my bangs|him|her|them|the)
(made|make|making) ..2 cuts
s h again
cuts not deep
bleed out !(the)
want to bleed
(what i|something i|anything i) (might|may|could|will|would|am going to|am capable of) ..2 (do|doing) to (myself|me)
(do|doing|done|did) (something|anything|harm|damage) [bad|stupid|drastic|terrible|awful|crazy] to myself
(not|never) [feel|feeling] safe (with|from|by|around) myself
(not|never) [feel|feeling] safe (alone|being alone|right now) with my (thoughts|self)
(danger|threat|risk) to myself
not trust myself ..3 (alone|tonight|right now|around|with|near) !(him|her|them|mom|dad|my mom|my dad|my mother|my father|money|credit|food|cookies|chocolate)
not (promise|guarantee|say) ..3 not ..3 (to myself|hurt myself|be safe)
(keep|keeping|stay|staying) myself safe !(from (covid|flu|germs|getting))

# -- plan (C-SSRS 4 and 5) --
(have|had|got|made|making|make) a [suicide|real|actual|detailed|whole] plan (to (end|kill|die|do it|go)|and (i|it|the)|for (how|when|ending|killing|tonight)|pills|now and)
i (do|have one) pills
(asked|ask|asks) if i (have|had) a plan ..6 (do|have|lied)
my plan is (pills|the pills|to die|to end|to jump|to hang|to overdose|carbon|the gun|a gun|the bridge|to go)
(know|knew|decided|figured out|planned) [exactly] (how|when|where|how and where|where and how) ..3 (i am going to|i would|i will|i want to) (do it|do this|go|die|end)
know (which|what) (beam|tree|bridge|rope|pills|building|train|roof|hook|branch)
which (bridge|building|overpass|beam)
i (have|had) [just|already|finally] (picked|chosen|chose|set|decided on) [out] (the|a|my) (day|date|place|spot|bridge|tree) !(for|to (visit|move|meet|have)|with|we)
i (picked|chose|set) [out] (the|a|my) (day|date) !(for|to (visit|move|meet|have)|with|we)
(picked|chosen|chose|set) ..1 (day|date|place|bridge|tree) ..3 (no one|nobody|to die|to do it|end)
(write|wrote|written|writing|left|leaving|composed|finished|have|got|find) ..3 (goodbye|suicide|farewell|last) (letter*|note*|text*|message*|video*) !(card|for her (aide|nurse|teacher))
(i|have|already) (wrote|written|left|writing) ..1 (the|my) note !(for|to (the|his|her|my) (doctor|teacher|nurse|boss|school))
(note|letters|notes) [is|are] [already] written
(letters|note) (to|for) my (kids|children|family|son|daughter|husband|wife|sister|brother) ..4 (after|when) i am (gone|dead)
(when|after) i am (dead|gone) (they|he|she|you|find|someone|please|tell|give|take)
tonight (is|will be) the night |
tonight is the night ..6 (living|pills|die|end|life)
(today|this|tonight) (is|will be) my last (day|night) (alive|on earth|on this earth|here on)
(practic*|learn*|tied|tying) ..3 (noose|slipknot)
practic* tying
noose
(brave|strong|ready) enough to (do it|die|go through with it|end|jump|pull|take)
(going to|about to|gonna) do it ..6 (gun|pills|knife|scared|rope|goodbye|bridge|tonight|die)
(going to|about to) do it (tonight|this time)
(almost|nearly) did it (last night|again|today|this morning|tonight|yesterday|this time|but)
(almost|nearly) (went through with it|ended it|jumped|did something|took them all|took all)
(nearly|almost) did (it|something) ..4 (rope|pills|knife|gun|everything)
was going to do it but
(chance|opportunity|courage|nerve|time) to (do it|end it) (without|while|when|before|alone)
my affairs are in order
(gave|giving|given) away (my|all my|everything|most of my)
gave my (dog|cat|dogs|cats|pets|things|jewelry|clothes) ..6 (not be here|gone|not need)
(paid|prepaid|planned) ..3 funeral ..6 (ready to go|ready to die)
talked about doing it together
(follow|following|join|joining) (him|her|them|mom|dad|my wife|my husband) (soon|when|after|into|to the grave|in death|and)
(be|go) [be] with (him|her|my <kin>) ..3 (leftover|pills|morphine|gun|tonight|now i have)
i am going to follow (him|her|them)
(when|after|once|as soon as) ..4 (dies|die|passes|gone|goes|funeral) ..4 (i am|i will|me) ..3 (going to follow|ending|end|end it|follow|go too|do it)

# -- means: gun --
(load|loaded|loading|cleaned|cocked) ..2 <gun>
i (have|got|bought|own|found|am holding|hold|took|grabbed|keep) [just] [a|the|my|his|dads|her] [loaded|old|husbands|fathers|dads] <gun> !(permit|license|safe|show|collection|lock|cabinet|locked|to sell|to get rid|to get)
<gun> (is|was) [right|sitting] [right] (next|beside|by|here|in|on|to|loaded|out|near|under my|within)
<gun> ..3 (to my head|in my mouth|in my hand|in my lap|on my lap|across my knees|on the table|against my|next to me|by the bed|at my temple|and a bullet|and bullets|and thinking)
(keep|kept|been|sat|sitting|sit|staring|looking|stare) ..3 (at|with|holding|about) ..2 <gun>
<gun> ..6 (keep going to look|keep looking|keep thinking|going to use it|gonna use it|use it on)
(there is|have|got) ..1 <gun> ..4 (closet|drawer|nightstand|house|truck) and i
(take|hide|get) ..2 (my|the|this|his) <gun> (away|from me)
(bullet|gun|pistol) (in|through|to|into) my (head|brain|heart|mouth|skull)
(one|a|just one) bullet (would|will|could|and|is all)
(eat|swallow|take|bite) (a|the|my) (bullet|gun|barrel)
blow* my (brains|head)
pull* the trigger !(on (the|a|buying|placement|memory|assisted|it))
(gun|pistol) of my ..2 (use it|going to)

# -- means: pills and poison --
(take|swallow|down|use|eat|drink|taking|swallowing|downing|finish|taken) [every|all|the|that|this|a|his|her|my|moms|dads|up] [of|whole|entire|one of] [the|his|her|my|moms|dads|these|those|all|last|full|whole|entire] ..3 <meds> ..8 (die|stop|done|be done|end|over|not wake|tonight|gone|sleep forever|never wake|just go|be gone)
<desire> [to] ..2 (take|swallow|down|taking|swallowing|downing) (every|all|the whole|a whole|the entire|a bottle|a handful|this bottle|the bottle|all of|too many|a bunch) ..3 (<meds>|bottle|them|it)
(could|might|should) just (take|swallow) ..4 <meds>
(saved|saving|stash*|hoard*|collect*|stockpil*|put aside) ..5 (<meds>) ..4 (me|die|enough|not wake|ready|case|day|out|myself|do it)
(saved|saving|stashed|hoarding|hoarded|hiding|collecting) [up] [some|enough|all|of|my|his|her|moms|dads] ..2 <meds> !(money|on)
(pills|meds|bottle) [are] (right here|here|in my hand|in my hands|ready|lined up|counted|counted out|laid out|out|next to me|in front of me|on the table)
(pills|meds|bottle) (are|is|r) [all|right] (right here|here|in my hand|ready|lined up|counted|laid out|in front|next to me)
(have|had|got|holding|took out|counted|counting|lined up|got out) [all|out] [the|her|his|my|moms|dads|these|some|enough] [sleeping] (pills|pill bottle|bottle of pills) [ready|in|lined|out|counted|right|here|next|and i|and nobody|tonight|too]!(for (him|her|mom|dad|the week|monday)|organizer|in (her|his|the) box|from the pharmacy|delivered|refilled)
(counted|counting|count) ..3 (pills|meds|them) ..4 (out|enough|me|if|see|there)
(i have|i got|have|got) (the|enough|my|a lot of|plenty of|leftover|her leftover|his leftover|old) ..3 <meds> ..4 (and i|use|intend|enough|do it|end|all of them|tonight|would do|both)
i have (pills|enough pills)
| [the] pills | all of them
| all the pills |
(enough|amount|many|much|lethal) [of] [of his|of her|his|her|my|moms|dads|the|husbands|20|30] ..3 <meds> ..6 (kill|die|lethal|fatal|for me|would it take|end|not wake|it takes|dose|do it|stop my heart)
(how many|how much|would) ..6 <meds> ..5 (would it take|kill me|kill you|kill a person|to die|to overdose|be enough|be lethal|be fatal|is too many|is lethal|is fatal|do i need to)
(lethal|fatal|deadly) (dose|amount|overdose|level|combination)
exactly how much (insulin|morphine|fentanyl|it takes)
(overdose|overdosing|od|od ing|oding) on (my|his|her|moms|dads|these|the|all|sleeping|pills|meds|them|something|it|<meds>)
<desire> [to] ..1 (overdose|overdosing|od|od ing|take an overdose|over dose)
i (overdosed|od) ..6 (again|ago|last)
(is it|would it be) ..2 (painful|peaceful|hurt) to (overdose|od|hang|drown|die by)
(tried|try|trying) to (overdose|od)
(bottle|handful|fistful|stash) of ..2 <meds> ..5 (tonight|nobody home|no one home|brave|ready|and i|next to|until monday|alone|in my hand|whiskey|wine|nightstand)
(stop|stopped|quit|skip*) (taking|using) my (insulin|heart|dialysis|transplant) ..6 (over|end|die|sooner|done|go)
(drink|drank|drinking|swallow|swallowed|drunk) ..2 (bleach|antifreeze|drain cleaner|ammonia|rat poison|poison|pesticide)
drink until i (do not|die|never)
turned on the gas
(exhaust|carbon monoxide|engine running|tailpipe) ..5 (garage|thought|plan|closed|hose|breathe|sleep)
plan is carbon
garage ..6 (engine|ignition|carbon monoxide|running)
(thought|think|thinking) about the (exhaust|gas oven|rope|gun|pills|bridge|knife|train|razor|rail|cliff|water)
(took|take|taking) (a|the|his|her|dads|my) <blade> to (my|me)
(sit*|have|had|got|holding|with|took out|bought|get) ..2 (a|the|my|dads|moms|his|this) <blade> ..3 (scared|my wrist|my arm|in my hand|and i|tonight|thinking|and thought|hurt myself|myself)
(quiet|alone|asleep|dark) ..4 i have [got] (a|the|my) <blade>
have got a razor
| i have a (razor|knife|rope|noose) |
(tub|bathtub|bath) with ..2 <blade>
pillow over my [own] (face|head)
(bag|plastic bag) over my [own] head
(bought|buy|have|had|got|get|found|hung|hang) (a|the|some|my) rope ..3 (and|at|ready|tonight|everything|hardware|in the)
i (had|have|got|bought) (a|the) rope
(tied|tie) (the|a|my) (sheet|rope|belt|cord|scarf|noose)
(hook|beam|rail|branch|tree) ..4 (rope|hang|noose)

# -- means: height, road, water, rail --
(jump|jumping|jumped|leap|leaping) (off|from|out of|in front of|into|over|under|onto) [of] [a|the|this|my|that|oncoming] ..2 (bridge|roof|building|overpass|balcony|window|train|bus|truck|car|cliff|river|traffic|garage|tracks|rail|railing|ledge|parking*|floor|water|lake|sea|ocean|freeway|moving)
<desire> [to] ..1 (jump|jumping|leap) !(in|on (a|the|this|that|it|board|my)|start|for|rope|ship|through|to|at|into (a|the|it|this) (pool|hot|call|meeting|conversation|shower|bed)|up|around|ahead|right|back|off the (couch|bed|phone|call)|over to|out of (bed|my skin)|with|when|every)
(want|wants|wanted) to jump
(stand|standing|stood|sitting|sat|walked) [here|out|there|up] (on|at|onto|over) [top of] (the|a|that|this) ..2 (roof|bridge|ledge|edge|overpass|tracks|railing|balcony|cliff|parking garage)
(opened|open) (the|my) window ..6 (stood|floor|jump|looked down)
(step*|walk*|run*) [out] [right] (in front of|into|onto) [a|the] ..1 (bus|train|truck|car|traffic|tracks|freeway|highway|semi)
(walk|walking|walked|wade|wading|go|swim|swimming) [out] into (the|that|a) (lake|ocean|sea|river|water|pond|woods) !(with|and (swam|enjoyed|cooled)|to (cool|swim|hike|fish))
(drive|driving|drove|driven|steer*|crash*|run|running|swerv*|wreck*|turn*|keep*|roll*|smash*|ram*) ..5 (off|into|in to|through|toward*) [of] (a|the|this|that|some|oncoming|incoming) [next|nearest|first|side of] ..1 (bridge|road|cliff|overpass|tree|wall|traffic|pole|river|lake|truck|semi|guardrail|rail|median|concrete*|ocean|ditch|quarry|mountain|embankment|edge)
(drive|driving|drove|go|car|off) ..3 over (the|a) (edge|cliff|guardrail|railing|side)
(into|toward*) oncoming (traffic|cars|lane|truck*)
(driving|drive) to the (bridge|cliff|river|lake|quarry) ..4 (die|end|jump|not|never|do it|done|goodbye)
i am driving to the bridge
(hand|hands) ..3 car door ..6 (highway|freeway|jump*)
(keep|kept|keeping|want* to|stop*) ..2 (wheel|car|steering) straight ..6 (kill|die|end|over|wall|water|pain)
(looked|looking|look|stare*|staring|walk*|sat|sit*) (at|by|to|along|on|near|over) the (train tracks|tracks|bridge|railing|water|river|ledge|highway) ..5 (thought|think*|about|jump*|end|it|again)
(bridge|roof|overpass|tracks|ledge|cliff) ..8 (go back|no rail|do it|jump*|stood there|almost|nearly)
one second on the (freeway|highway|road|tracks)

# -- goodbye (C-SSRS 6: preparatory acts) --
(this is|wanted to say|want to say|saying|i said|have said|say) [my|our|a|final|the last] (goodbye*|farewell*|good bye) !(for now|to (her|his|our|the) (friends|aide|nurse|old house|house|car|dog|home|room)|and thank*|tomorrow|until)
| [ok|so|well|and] (goodbye|good bye|farewell) (forever|everyone|everybody|world|cruel|all|my friend*|to all|to everyone|and i am sorry|please take care)
by the time (you|they|anyone|someone|he|she|this) (read*|get|gets|see|sees|find*|is read)
(will|would) [probably|already] be (dead|gone) (by|soon|tonight|before|in the morning|when you|when they|if|already|next week|this time)
i will be (dead|gone) |
not (hear|hear from|see) me again (after|ever|once|tonight|anymore)
(not|will not) hear from me (again|after|anymore|tomorrow)
(will not|not going to|not gonna|not plan to|not planning to|do not plan on|not expect to|will not even) [be|being|still be] (here|around|alive|with you|living) [for] (tomorrow|by|next week|after tonight|past|in the morning|much longer|for my|my|when|this weekend|anymore|to see|long|next month|at christmas|for christmas) !(..4 (vacation|traveling|travel|trip|moving|town|we|because|cause|since))
i will not be (here|around|alive) (tomorrow|next week|in the morning|by|after|anymore|much longer) !(..4 (vacation|traveling|travel|trip|moving|town|we|because|cause|since|so can))
(everything|all) ..3 to not be here (tomorrow|anymore)
tell (my|the) (kids|children|family|wife|husband|son|daughter|mom|boys|girls|babies) [that] i (love|loved|am sorry) ..8 (stay|gone|sorry|goodbye|it is not)
tell (my|the) (kids|children|family|wife|husband|son|daughter|boys|girls|babies) [that] i (love|loved) (them|him|her|you all) |
tell (my|the) (kids|children|family|wife|husband|son|daughter|boys|girls|babies) i (loved|am sorry|love them always)
not (call|send) ..2 (anyone|anybody|the police|police|911|help|an ambulance) ..6 (gone|done|over|too late|read)
please (do not|no) send (anybody|anyone|the police|police|help)
if (something|anything) happens to me (tonight|tomorrow)
(someone|somebody) ..4 (look after|take care of|feed|check on|find) ..4 (when i am|after i am|once i am|i am) (dead|gone for good|no longer (here|alive))
(is|was) going to be gone (tonight|by morning|tomorrow morning)
(do not|not) want to kill myself but

# -- short cries, alone in their sentence --
| (want|wanted) to die
| i (am|was) (ready|prepared) to (go|die) |
| (going to|about to) jump |
| i have a <gun> |
insurance ..3 (pay*|cover*) ..4 suicid*
who ..8 if i (kill|hang|shoot|end|take my)
(kill|killing) me (i am serious|not joking|i mean it|please god)
i am (done|finished) (living|with living|being alive|with life|with this life)

# -- text: what a second author taught us --
(goes|dies|passes) [then] i (am going|go|will go) (too|with (him|her)|next) !(to the|to see)
(set|put|setting|putting) (aside|away|by) ..2 (enough|plenty) ..2 (<meds>)
i have [got] a plan and (a|the|my) (date|day|time|method|place|note|way)
| i have (a|my) plan |
(<meds>) ..8 (it is|it would be|it will be|be) [all] over !(the counter)
(tonight|now) i am (taking|going to take) all !(my|his|her) ..2 (<meds>)
(think|thinking|thought|want|going|could|might|ready|tempted|about) ..2 (use|using) it on (me|myself)
(figured|worked|looked|found|looking|read) (out|up|about) how (much|many) ..5 (be enough|do it|kill*|lethal|fatal|to die|it takes)
only ..1 way out for me
(do not|not) send (anybody|anyone|the police|police|the cops|an ambulance) !(to my house (today|tomorrow)|today|tomorrow|until|else)
(know*|tell|told|say|talk*) ..4 before i (go|leave|do it|am gone) |
tell (them|him|her|everyone|everybody) [that] i (am|was) sorry ..2 (could not|can not) (stay|hold on|keep|do)
(research*|google*|googling|search*|reading|look*) ..2 (how|where|ways) to do it (so|without|quick*|painless*|and not|where)
so ..6 not ..2 (be the one|one|the one|have) [to|who|that] find* me
(<meds>|bottle) ..8 in front of me !(on the (shelf|screen))
(sin|heaven|hell|forgive*|unforgiv*|wrong|selfish|okay|ok|hurt) ..4 (kill yourself|killing yourself|take your own life|taking your own life|end your own life|ending your own life)
(does|will|would|did) (it|that) hurt [much|a lot] to (overdose|od|hang|drown|bleed out|die|jump|kill)
if i (took|take|swallow*|drank|drink|inject*) ..6 (would|will|could) (i|it) (die|kill me|not wake|wake up|be enough|survive|live)
(held|hold|holding|put|putting|press*) (a|the|my) ..1 (lighter|cigarette|match|iron|candle|flame|curling iron|stove) (to|on|against|under) my (hand|arm|leg|skin|thigh|wrist|palm|stomach)
i am [standing|sitting|up|out] on the ..1 (bridge|roof|ledge|overpass|tracks|train tracks|railing) !(in traffic|into|stuck|to|fixing|cleaning|with the (roofer|contractor)|and traffic|headed)
insurance ..8 (even if|if) (you|i) ..1 (do|did) it (yourself|myself)
wrote (the|my|a goodbye|goodbye) (letter|letters|note|notes) to (my|the) (kids|children|family|husband|wife|son|daughter|boys|girls) !(school|teacher|doctor)
(will is|bills are|affairs are|everything is) ..8 tonight i go |
(eat|eating) (a bullet|my gun|the gun|the barrel)

# -- the questions of C-SSRS and IPT, put more generally --
(cut|cutting|scratch*|burn|burned|burning|pick*|claw*) (my|myself) ..6 (till|until) ..2 (bled|bleed|bleeding|blister*|raw) !(shaving)
(punch|punched|punching|hitting|slapping|biting|starving) (myself|my own (head|face))
(been|started|starting|am) cutting (again|since|every|more) !(back|coupons|down|carbs|sugar)
cutting again
(belt|cord|rope|scarf|noose|sheet|hands) ..2 around my [own] neck
(<blade>) (to|at|on|against) my (wrist|wrists|throat|neck|arm)
(<gun>) ..4 (my lap|my mouth|my head|my temple|my hand) !(i am (a|an) (vet|cop))
loaded (the|a|my|his|dads) <gun>
(engine|exhaust|motor|exhaust hose) ..4 (garage|running|truck|car) ..6 (shut|closed|door|goodbye|sleep|breathe)
exhaust hose
(stockpil*|hoard*|saved up|saving up) ..5 (<meds>) ..4 (me|myself|when i|the day i)
(stockpil*|hoard*) ..3 (<meds>) !(is|in the closet|because the)
i (swallowed|took|have taken|have swallowed) ..1 (bunch|handful|bottle|whole bottle|fistful|lot) of ..3 (<meds>)
(google*|googling|search*|research*|look* up) ..8 (fatal|lethal|painless*|deadly)
(picked|chose|chosen|set|have) (the|a|my) (day|date|night) (to (die|go|do it|end)|i (die|go|end))
| i have picked (the|a|my) (day|date|night) |
(made up my mind|decided|made peace) ..3 (to die|i am going to die|dying|i want to die)
know ..1 (how|where|when|exactly how|exactly when) i would do it
(have|got) everything i need to (end|die|do it|go)
my (note|goodbye note|letter|suicide note) is (on|in|under|ready|written|done)
not be a (problem|burden|bother) ..3 (after|anymore|tonight|longer|much)
not going to (make it|be here|live) ..2 to (my|see my) (birthday|anniversary)
can not (promise|guarantee|say) ..2 (be alive|stay alive|be safe|keep myself safe|not hurt myself)
not trust myself ..1 (with|around|near) ..3 (<gun>|<meds>|<blade>|car keys|stove)
(scared|afraid|terrified|worried) [of] what i (will|might|may|could|am going to) do to myself
(sleep|ambien|pills|meds) ..6 permanent*
(asked|asks|question) ..5 (hurt|kill|harm|hurting|killing|harming) (yourself|myself) ..3 i (said|say|put|checked) (yes|yeah|sometimes|maybe)
(look|looks|make it look|seem) like an accident
(find|finds|finding|found) my body
(checking|check|checked) out for good
(someone|somebody|home|homes) ..8 (because|since|cause) i will not be (around|here)
"""

ES = """
# -- naming it --
(matarme|suicidarme|ahorcarme|suicidar|colgarme|dispararme|envenenarme|asfixiarme|degollarme|desangrarme)
suicid* !(preventivo)
me <quiero> (matar|morir !(de)|suicidar|ahorcar|colgar|quitar la vida|tirar|aventar|lanzar|cortar|lastimar|danar)
me (mato|suicido|ahorco|cuelgo) !(trabajando|de|estudiando|en el trabajo|en la)
me voy a (matar|suicidar|ahorcar|tirar)
(voy|vaya) a (matarme|suicidarme|ahorcarme|tirarme del|aventarme|lanzarme)
como me mataria
(quitar|quite|quito|quitando|quitarme) la vida
quitarme la vida
<quiero> ..1 (morir|morirme|matarme|suicidarme|acabar con todo|acabar con mi vida|terminar con todo|terminar con mi vida|acabar conmigo|desaparecer de este mundo)  !(de hambre|de sueno|de risa|de la risa|de la (pena|verguenza)|de (pena|verguenza)|en mi casa|de viejo|de vieja|en paz)
(quiero|quisiera|queria|deseo|ganas de|prefiero|listo para|lista para|necesito|voy a|mejor) (morir|morirme) !(de hambre|de sueno|de risa|de la risa|en mi casa|de viejo|de vieja|de verguenza|de calor|de frio)
me quiero (morir|matar|ir de este mundo|ir para siempre) !(de)
(acabar|terminar|acabo|termino|acabando|terminando) con (mi [propia] vida|mi existencia|mi sufrimiento|lo mio|todo de una vez|todo esta noche|todo hoy)
mi vida ..9 acabar con ella
no quiero (vivir|seguir viviendo|seguir viva|seguir vivo) !(aqui|en (este|esta|ese|esa|la|el)|con|sola|solo|en casa|lejos|cerca)
(formas|maneras|manera|forma|modo) ..4 (de|para) (morir|matarme|suicid*)
como morir
(cuantas|cuanta|cuantos) ..6 (para morir|morir|matar|para no despertar|me matan)
hoy me (mato|muero) |
(hoy|esta noche|manana|ya) (termino|acabo|se acaba) [con] (todo|mi vida|con mi vida|esto|mi sufrimiento) !(el (papeleo|tramite))
<quiero> ..1 (tomarme|tragarme) ..2 (frasco|bote|caja|pastillas|pastillero) !(de (la|las) (noche|presion))
(poner|ponerle|pongo|ponga) fin a (mi vida|todo|mi sufrimiento|esto|mi existencia)
(unica|mejor) (salida|solucion|opcion|forma) ..3 (morir|morirme|la muerte|matarme|el suicidio)
(muerte|suicidio) ..2 (unica|mejor) (salida|solucion|opcion)
(voces|voz|cabeza) ..4 (dice|dicen) que me (mate|muera|tire|corte)
(quiero|voy a|ganas de|pienso) (dejar de sufrir|irme de este mundo|irme para siempre|no estar mas en este mundo)
me (voy|voy a ir) de este mundo
no (llego|voy a llegar|paso|pasare) (a|de) (manana|esta noche) !(a (tiempo|la cita))
(perdon|perdonenme|lo siento) ..5 (por lo que voy a hacer|ya no estare|me voy para siempre|adios para siempre)
(quiero|voy a|pienso|estoy por|decidi) hacer una (locura|tonteria)
(no quiero|no voy a) pasar de (hoy|esta noche)
me (arrojo|aviento|tiro) (al|a las|del|de la|por la)
(cortandome|cortarme|me ando cortando|me he cortado) !(el (pelo|cabello|dedo)|las unas)
me estoy (cortando|lastimando|haciendo dano)


# -- self-harm --
me (corte|corto|cortaba|cortado|estoy cortando) ..3 (munecas|brazos|brazo|venas|piernas|muneca|pierna|muslos)
(fui|bano|y|volvi|vuelvo|empece) ..4 (me corte|a cortarme|me corto) !(el pelo|el cabello|las unas|cocinando|un dedo|el dedo|picando)
| me corte |
me corte otra vez
<quiero> ..1 (lastimarme|hacerme dano|cortarme|herirme|danarme|hacerme algo|golpearme) !(el pelo|el cabello|las unas)
me (quiero|voy a|puedo|pueda|podria) [a] ..1 (hacer dano|lastimar|cortar|hacer algo)
me hago (dano|cortes|cortadas)
(hacer|hacerme|haga|hago) ..2 (a mi misma|a mi mismo|conmigo misma|conmigo mismo)
(segura|seguro|bien) (conmigo misma|conmigo mismo|conmigo)
(cuchillo|navaja|razor|gillette|tijeras|cuter) ..6 (muneca*|brazo*|cuello|venas|garganta|vena)
autolesi*

# -- plan and means --
(tengo|hice|ya tengo|si tengo|hacer) [un|el|mi] plan ..3 (acabar|matarme|morir|terminar|quitarme|suicid*|para irme)
si tengo un plan ..5 (menti|si tengo)
(pregunto|preguntaron) si tengo un plan
menti si tengo
ya se (como|donde) ..4 (hacerlo|donde|matarme|morir|voy a)
ya (elegi|escogi|tengo|decidi) (el|la|mi) (dia|fecha|lugar|puente)
tengo (la|una|el|mi|su) (pistola|arma|gun|soga|cuerda|navaja|pistola de mi papa|rifle|escopeta)
tengo ..3 (pistola|arma|gun|rifle|escopeta|soga|navaja)
(pistola|arma|gun|rifle|escopeta) ..8 (mirarla|usarla|use it|mirandola|cabeza|boca|miro|uso|usar)
(pegarme|darme|meterme|pego|doy) un (tiro|balazo|plomazo)
una bala
(compre|tengo|consegui|busque|prepare) ..2 (soga|cuerda|veneno)
<quiero> ..1 (tomarme|tragarme|tomar|tragar) ..1 (todas|todo|toda|el frasco|un monton|muchas|demasiadas)
me (voy a|las voy a|lo voy a) [a] (tomar|tragar) ..1 (todas|todo|el frasco)
(pastillas|frasco|pildoras|medicina) ..5 (tomar todas|tomarme todo|tomarmelas|tomarmelo|en la mano|en mi mano|voy a tomar|me las voy a tomar|para no despertar|valor|ya no aguanto)
me las voy a tomar todas
(juntando|guardando|junto|guardo|junte|guarde|conte|contando) ..5 (pastillas|frasco|pildoras|medicina|medicinas) !(de mi (papa|mama) en|en el pastillero)
(tengo|saque|guarde|agarre|encerre) ..5 (las|todas las|con las|mis) (pastillas) ..3 (en la mano|listas|aqui|para dormir|contadas|frente)
(pastillas|frasco) ..4 (las conte|lo conte)
(tirarme|aventarme|lanzarme|arrojarme|tirar|botarme) (del|de un|de la|de|al|desde|a las|por) ..1 (puente|edificio|azotea|tren|balcon|ventana|metro|techo|carro|rio|vias|barranco|carros|piso|camion)
me (tiro|aviento|lanzo|arrojo|tire|quiero tirar|quiero aventar|voy a tirar|voy a aventar) ..2 (puente|edificio|azotea|tren|balcon|ventana|metro|techo|rio|vias|barranco|carros|camion)
(azotea|puente|techo|balcon|ventana) ..5 (saltar|brincar|tirarme|me tire|aventarme)
<quiero> (saltar|brincar) (del|de la|de un|desde|al|y)
(giro del|volante) ..5 (se acaba|todo|contra|arbol)
(estrellar*|chocar|choque) ..4 (contra|con) ..3 (arbol|muro|pared|camion|trailer|poste)
(meter|meto|meterme) ..2 (rio|mar|lago|presa) ..4 (no salir|no voy a salir|y no)
(llave|estufa|gas) ..4 (gas|abierta) ..4 (cerrar|cerre|abri|dormir)
abri ..3 gas
deje de (ponerme|tomarme|tomar|inyectarme) ..3 (insulina|medicina|medicamento|dialisis) ..6 (acabe|muera|termine|pronto|morir)

(arriba|encima|orilla|filo|barandal) del (puente|techo|edificio|barranco)
(tengo|saque|agarre|traigo) (el|la|un|una|mi) (arma|pistola|navaja|soga|cuchillo|rifle|escopeta|veneno) [de mi (esposo|papa|hermano|marido|hijo)] (aqui|en la mano|conmigo|lista|y)
tengo el arma
(me voy a|voy a|quiero) (desangrar|desangrarme|ahogarme|aventarme|estrellarme|quemarme viv*)
no me detengan
(debajo|abajo) de un (camion|tren|carro|trailer)
(traigo|llevo|cargo) las pastillas ..6 (animo|atrevo|valor|caso)
ya le dije adios a
(abrirle|abrir) al gas
(ya no|nadie) ..2 (detiene|detendra|convence|para) |
(si|cuando) ..3 (se muere|muere|falta|se va) ..2 yo (tambien me|me voy|me muero|me mato)
(estuve|casi|ya iba|iba) a punto de (hacerlo|matarme|tirarme|tomarmelas|saltar)
(lo habria|lo hubiera|ya lo habria|ya lo hubiera) hecho ..4 (si no|pero|ya)
(me pego|me golpeo|me rasguno|me muerdo|me quemo) ..3 (mism*|sangre|cabeza contra|a proposito|cigarro)
(suficientes|bastantes) pastillas

# -- goodbye --
(carta|cartas|nota) de despedida
me (despedi|voy a despedir) de (todos|mis hijos|mi familia|ellos) ..4 (hoy|esta noche|me voy|ya|manana)
(es|esta es|esto es) (mi|una|la) despedida
(adios|hasta siempre) (a todos|para siempre|mundo|mundo cruel|a mi familia|mi gente)
cuando (lean|leas|lea|encuentren|vean) esto
(ya no|no) (estare|voy a estar|estar) (aqui|viva|vivo|mas) ..2 (manana|la proxima|despues|cuando|para)
(manana|pronto|esta noche) ..3 (ya no|no) (estare|voy a estar) [aqui|mas|viva|vivo]
(esta noche|hoy|manana) me voy para siempre
(diganle|dile|digan|diganles|diles) ..5 (los amo|la amo|lo amo|los quiero|perdon|los ame) ..4 (quedarme|irme|perdon|me voy|adios)
no puedo quedarme |
(regale|reparti|pague|deje pagado) ..8 (estoy lista|estoy listo|lista|listo|entierro|funeral)
despues de las fiestas ..4 (quitarme|acabar|terminar|irme)
(ultimo|ultima) (dia|noche|vez) (de mi vida|con vida|viva|vivo|que respiro)
(cuando|si) ..3 (muera|falte|muere|se muera|fallezca) ..4 (yo tambien|me mato|yo me mato|me voy con|me muero yo)
(antes|primero) ..3 me mato

# -- alone in its sentence --
| matarme |
| me mato |
| [quiero|ganas de] morir |
| ganas de (morir|morirme|matarme) |

# -- text: what a second author taught us --
(hoy|manana|este) es mi ultimo dia !(de (trabajo|escuela|clases|prueba|vacaciones)|en (el|la)|con (el|la|ustedes))
"""
