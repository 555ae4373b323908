"""The wish not to be alive, without intent or plan (C-SSRS item 1; burdensomeness, IPT)."""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- better without me (IPT: perceived burdensomeness) --
better off (without|with out|w o) (me|my) !(insurance|having)
better off if i (was|were|am|died|die|disappear*|just|never|left this|did not|had never|had not)
better off with me (dead|gone|out of|not)
better off dead
(better|happier|easier|easier for everyone|relieved|fine|glad|glad to be|nicer|good|do better|peace) ..4 (without me|if i (was|were|just|died|die|disappear*|vanish*|never|did not (exist|wake|live)|was not|were not)|when i am (dead|gone)|with me (dead|gone)) !(ask*|in charge|call*|sick|had|came|got|could|did not (have|call|ask))
be (better|easier|best|a relief|a blessing) if i (just|were|was|died|did not wake|never|disappear*|vanish*|went to sleep|stopped existing|was not|were not) !(call*|quit|ask*|knew|able|in|moved|hired|home|closer|had)
(rid of|free of) me
(relieved|happy|glad|happier|celebrate|sad|cry|care|mind|notice|miss me|sorry) if i (died|die|was gone|were gone|was dead|were dead|disappear*|was not (here|around|alive)|were not (here|around|alive)|vanish*|never woke|did not wake)
if i (died|die|was dead|were dead|was gone|were gone|disappear*|vanish*|did not wake up|never woke up|was not here|were not here|was not around|were not around|did not exist) ..5 (better|easier|okay|ok|fine|not matter|relieved|happier|happy|not care|not mind|would care|would notice|would miss|not notice|not miss|would not matter|different|solve|nothing would|no one|nobody|everyone|glad|would cry|so what|free)
(matter|matters|difference|care|notice|noticed|cried|problem|bother) if i (was|were|am|just) (gone|dead|not here|not around|not alive)
(matter|matters|difference|care|notice) if i (died|die|disappear*|vanish*|never woke|did not wake)
<nobody> ..3 (miss me|notice i (was|am) (gone|dead)|notice if i (died|die|was|were|am|disappear*|vanish*|never|did not)|know i was gone|care if i (died|die|was|were|am|disappear*|did not|never)|care whether i|remember me|look for me|come to my funeral|go to my funeral|notice the difference if i (died|was|were)|even know if i)
(anyone|anybody|someone) ..2 (miss me|cry for me|notice i was gone|come to my funeral|care if i (died|die|was|were|disappear*|did not|never)|notice if i (died|was|were|disappear*|did not|never)|cry if i|miss me if)
(come|go|show up|be|cry|attend) [up] (to|at) my funeral
(picture|imagine|picturing|imagining|planning|plan|see) my (own|funeral) [funeral|death]
my death would
(world|place|family|house|kids|children|husband|wife|lives|life) ..5 (better|happier|better place|easier) (without me|with me gone|if i (was|were) (dead|gone|not))
better (place|world) without me
(world|earth) (would be|is) better without (me|someone like me|people like me)
(i am|just|feel like|being|such|nothing but|become|feel i am) [just|only|nothing but|such|like] a burden (to|on) (everyone|everybody|all|them all|my whole|my entire|the world|society)
burden ..8 (died|if i was gone|was gone|gone|dead|should not be here|not be here|better off|disappear|without me|happier|relieved|not exist)
(favor|kindness|gift) [to] ..4 (if i died|by dying|by not being|if i was|if i were|by being gone|by disappearing)
doing (everyone|them|everybody|you all|the world|my family) a favor ..3 (died|dying|dead|gone|not being|leaving this|disappear*|by not|if i)
worth more [to them|to everyone|to my family] dead
(waste of) (oxygen|space|air|skin|breath)
(taking|take) up (space|air|oxygen) !(in (the|my|our))
(best|kindest|nicest|only) thing i (could|can) do ..4 (die|disappear|be gone|not be here)
(remarry|move on|find) ..6 better (mom|mother|wife|husband|dad|father)
manage [just] (fine|better) ..4 (without me|if i)
valuable dead

# -- wishing to be dead or never born (C-SSRS 1) --
(wish|wished|wishing|hope|hoping|pray|praying|prayed|wanna) [that|god|for] (i|i would|i could|to) [just|could|would|had|have|was|were|only|will|can|am] ..1 (dead|gone|never born|not born|die|died|dying|disappear|disappeared|vanish|vanished|evaporate|dissolve|not exist|not here|not alive|not be here|not be alive|not wake|not wake up|never wake|never wake up|never woke up|stop existing|be dead|be gone|cease|not survived|not survive|sleep forever|fade away|drop dead) !(from (this|the|my|work)|asleep|in charge|laughing|the next|from (work|the office|that meeting|facebook))
(wish|wishing|wished) [that] i (was|were|am|would be|had been) (dead|gone|never born|never here|not here|not alive|already dead|in the ground|in heaven|with (him|her|them|mom|dad)|six feet under|buried) !(asleep|with wind|instead of at work|on (a|vacation))
(wish|wishing|wished) [that] i (had|was|were) (never|not) [been|ever] (born|exist*|alive|survived|lived|woken|here|made it)
(wish|wishing|wished) i (was|were) never
(wish|wishing|wished) [that] i (did not|do not|never|would not|could not) (exist|wake|live|have to (exist|be alive|live|wake up again)|survive|have a life)
(wish|wishing) ..2 i (would not|do not|never|will not|did not) (wake|live)
wish (i had|i would have|it had been|it was|it were|it would have been) [me|been me] (died|who died|that died|instead|me instead|die instead)
(wish|wishing|wished) i (had|would have|could have) died
(wish|want|wishing|hope) ..1 (god|the lord|jesus|someone|somebody|something|death|he|it|a|the) would [just] (take|call|kill|shoot|end|come for|take) me (home|out|away|already|now|in my sleep|tonight|too|instead|in the night)
(wish|wishing) (someone|somebody|something|god|he) would [just] (kill|shoot|end|take|hit|run over) me
(wish|hope|hoping|wishing|pray|praying) ..5 (kills|takes|gets|finishes|hits|hit|kill|take|finish|crush*) me [off|out|home|away|too|soon]
(wish|wishing) ..2 (earth|ground|floor) would (swallow|open) ..6 (never|for good|forever|not come back)
(wish|wishing|wished) ..3 (had taken|took|would take|take) me [instead|too|with]
(wish|wishing|wished|hope*) something (would|terrible|bad) [would] happen* to me
(should|supposed to|ought to) [have] (be|been) the one (who|that|to) (died|die|dead|went|goes)
not (imagine|picture|face|bear|stand|take) (living|being alive|another (year|day) of (life|this life))
(imagine|face) living another (year|day|month)
not (do|handle|face|stand) (life|living) [anymore] |
(trade|give away|give back|return|swap) (this|my) life
(waiting|wait|want|ready) ..2 [for] me to be gone
(mine|my life) (was|were|is) over !(with (him|her)|when the)
better off ..6 without me
(hope|wish|pray|let) ..2 (it is|it be|i am) [me] next
(go|ready to) be with (him|her|my ..1 <kin>) !(at|in the hospital|today|tomorrow|on|tonight for)
(should have|should have been|supposed to be|ought to be) (me|the one) (that died|who died|dead|instead|to die|in (that|the) (casket|coffin|grave))
it should (have been|be) me !(driving|going|who calls|that (calls|goes|handles)|taking|calling)
(i|and) should (have died|be dead|not be here|not be alive|not exist|have never been born|not have been born|not have survived|not have lived)
(i|that i) should not (be here|be alive|exist|have been born|have survived|have woken)
rather (be dead|not be alive|not wake up|not exist|not be here anymore|be gone|have died|be in (the|a) (ground|casket|coffin|grave)|be the one in)
rather be the one
(ready|want|time|waiting|wait) [for] to be (dead|with the lord|with god|in heaven|done with this life)
(waiting|just waiting|wait) [around|here|for my turn] to die
(my turn|for it) to die
(be|being) dead (sounds|would be|seems|is better|looks|must be|so i can)
(dying|death) (sounds|would be|seems|looks|feels like it would be) (a|like|nice|peaceful|good|better|easier|so|the|easy|lovely|kind)
(death|dying) ..2 (a relief|relief|a blessing|a mercy|a gift|peaceful|the only|a way out|my only|an escape|rest)
(welcome|crave|craving|long for|longing for|envy|jealous of) ..3 (death|dying|the dead|dead people|dead|to die|gets to die|obituaries)
(envy|envious|jealous) ..6 (dead|obituar*|gets to die|get to die|died|cemetery|grave)
(only|some|any|first) (peace|rest|relief|way out) ..8 (dead|in the ground|in my grave|when i die|grave|death)
rest when i am dead ..3 (soon|hope)
trade places with ..2 dead
trade places with (him|her) in (the|that) (casket|coffin|grave|ground)
i (want|need|long) [just] to be (with|where) (my|him|her|she|he|mom|dad) ..4 (heaven|is now|in the ground|not here|is)
want to be where (she|he|they) (is|are)
(not|never) (care|mind|bothered|matter|give a damn|give a shit) ..2 (if|whether) i (live|lived|die|died|am alive|wake|woke|make it|am dead|exist|am here tomorrow|get hit|did not wake|do not wake)
(not|never) (mind|care|matter|bother me) [about] (dying|if i did not wake|if i never woke|not waking up|if i died|if a (truck|car|bus)|being dead|if (my|the) heart)
(i do not|not) mind (dying|not waking)
(live|lived) or (die|died) ..3 (same|matter|care)
whether i wake up
(okay|ok|fine|good|cool|at peace|alright|happy|relieved|content) (with|if) (dying|death|not waking up|never waking up|not being here|the end|it ended|i died|i did not wake up|i never woke|i never wake|i do not wake|it if i|being gone|the plane)
(id|would) be (okay|ok|fine|good|cool|at peace|alright|happy) ..2 (not waking|not to wake|if i died|dying|with it|if i never)
happy not to wake up
(plane|car|bus|train) (went down|crash*) ..5 (okay|ok|fine|not care|relieved|not mind)
i (think|thinking|thought|thinks|been thinking) (about|of) (death|dying|my own death|not being here|not being alive|not existing|being dead|being gone)
(think|thinking|thoughts|thought|fantasize|fantasizing|dream|dreaming|daydream|obsessed) (about|of|with) [my own|my|how|just|about] (death|dying|not being here|not being alive|not existing|being dead|being gone|not wanting to live|not waking|never waking|never existing|not wanting to be) !(with dignity|at home|and (grief|taxes)|planning|her|his)
my own (death|funeral)
(heart|breathing) [would|could] [just] stop* ..3 (so|night|sleep|in|and)
hop* ..2 my heart
if my heart [just] stopped
(if|when) i had a heart attack ..6 (not call|let it|let go|not fight|relieved)
(if|hope|hoping) ..4 (cancer|terminal|lump|tumor|diagnosis|cough|covid|heart attack|stroke|accident|crash) ..8 (not ..4 treat|relieved|takes me|take me|kills me|an end|mine|quick|let it|would not treat|serious|fatal|not tell)
(hope|hoping|wish|wishing|pray|praying) ..2 (for|i get|i have|it is|i had|this is|it turns) ..2 (cancer|terminal|a heart attack|an accident|car accident|stroke|tumor|covid|something (serious|fatal|terminal)|a crash|my last)
hop* ..5 (turns out to be|is) something (serious|fatal|terminal|bad)
(hope|wish) i (get|got|die|died) !(it right|a (break|refund|seat|spot|chance|job|call)|the|some|this|to|in early|good|better|enough|more|her|him|help|approved)
(stopped|quit|stop) taking my (heart|blood pressure|insulin|cancer|own) ..4 (whatever|let|hope|do not care|who cares)
(not|never|stopped) look* both ways
not ..2 (bother|going) ..2 (doctor|treat|checked) ..8 (end|die|let it|over)

(never|not) [been|was|were|to be] born
why was i [even|ever] born
(wake|woke|waking) up ..4 (sorry|sad|disappointed|mad|angry|upset) ..2 (i did|i woke|that i|to be alive|still|i am [still] (alive|here))
(relief|blessing|mercy|gift|peaceful|nice|easier|better|simpler|kinder) to [just] (die|be dead|be gone|not (be here|wake up|exist|be alive)|disappear|never wake)
not care [anymore] (about (living|life|being alive|my life)|if i make it|what happens to me|if i am here|to live)
(close|shut) my eyes and (never|not|just not) (open|wake|have to)
(want|need|ready for|wish|waiting for|wait for|asking|beg|praying for) (god|the lord|jesus|death|the end|him up there) to [just|please|come and|hurry up and] (take|come|kill|call|get|end) [for] [me]
(something|anything) happened to me ..5 (relief|better|fine|okay|ok|good|blessing|not mind|not care)
tired of (being here|being on this|waking up|being a person) !(at|in|until|all|every|for)
(can not|not) wait (to die|to be dead|until i am dead|till i die|for death|until it is my turn|for it to be over for me)
look* forward to (dying|death|being dead|the end of my life|not being here)
(counting|count) [the|down] [days|the days] ..2 (until|till) i (die|am dead|am gone)
when (is|will) [it] [be] my turn ..2 (die|go|to)
how (much longer|long) ..2 have to (live|be alive|stay alive|be here on)
(maybe|perhaps|think|guess) i should [just] (die|be dead|be gone|disappear|not be here|not exist)
not (meant|made|built|cut out) for (this world|this life|life|living|being alive)
(not|never) meant to (be alive|live|exist|be born|be here on|survive)
(eternal|permanent|endless) (sleep|rest|nap|peace)
(want|wish|ready|like|love) ..2 (to|could) [just] (slip away|fade away|drift away|melt away|float away|drift off and|slip under|go under and) !(to (the|a)|for (a|an|the)|from work)
what if i (was|were|am) [just] (gone|not here|dead|no longer)
(want|wish|wanted|need) ..2 (it all|everything|all of it|all this|life|this life) to [just] (be over|end|stop|be done) !(at|by|with (the|my)|so)
not ..2 strength to (live|be alive|exist|go on living)
(no|not any) (desire|wish|interest) (to|in) (live|living|be alive|being alive|life)
(better|easier) [for (them|her|him|everyone|everybody|all)] [that] i (am|were|was) (dead|gone|not here|never born)
(let|letting) (it|death|the cancer|nature|the infection|the illness) (take|have|finish) me
(would|will) not fight (it|death) ..3
(nobody|no one) ..2 (need|needs|wants|want) me ..4 (alive|here|around|gone|disappear*|die)
i (do not|can not) (matter|have a place) ..4 (world|alive|die|gone|exist)
(hope|wish|want|pray) ..3 (something|illness|it|this) (kills|takes|ends|finishes) (me|it all)
(want|wish|hope|like) to die in my sleep
(death|dying) ..2 (not|never) scare* me ..4 (want|welcome|more|look)
(comfort|comforted|calm|soothe*) ..4 (death|dying|being dead|not being here|not existing)
(too|so) tired to (live|exist|be alive|keep living|go on living)
not living ..2 waiting to die
(sick|tired) of (this|my) life ..3 (want|end|over|go|die|anymore)
(sick|tired) of (this|my) life |
(nothing|no one|none) [of it] ..3 (keeps|keeping|holding) me (here|alive)
(what|nothing) is keeping me (here|alive)
what keeps me (here|alive)

(they|anyone|anybody|he|she|kids|family) [would|will] [even|really|actually|ever] miss me !(at (work|bingo|the|church)|while|when i am (away|on))
(should|could|would) [just|rather|prefer] not (exist|be alive|be here anymore|have been born)
(want|wish|like|love|ready) ..2 (to|could) [just] (stop being|not be alive|quit existing|stop living|quit living|be nothing|turn off forever|shut off forever)
(upset|mad|sad|sorry|bothered|angry|care) if ..2 (this|today|tonight|tomorrow) (was|were|is) my last [day|night]
(upset|mad|sad|sorry|bothered|angry|complain|protest|disappointed) if i (died|die|never woke|did not wake|dropped dead|got hit|was gone|disappear*)
(dropped|drop) dead ..4 (relief|tomorrow|right now|care|fine)
(hope|hoping|wish|wishing|pray|praying) ..3 (tree|building|plane|piano|meteor|house|bus|train|truck|lightning|ceiling|car) ..2 (falls|fall|hits|hit|crashes|strikes|runs) (on|me|over|into) [me]
(why|wish|should) ..4 (not|could) ..3 (be|been|it be) me instead
me instead of (him|her|mom|dad|my <kin>) !(driving|going|calling|asking|doing|paying|who|and (he|she) (said|was)|for (the|a))
(living|alive|here|existing) for (no reason|nothing)
(see|have|is|there is) no future (for (me|myself)|in (this|my) life|left|anymore)
(close|shut|closing) my eyes (forever|for good|for ever|for the last time|and be gone)
(wish|hope|hoping|pray) ..1 (the|my) (cancer|tumor|illness|heart disease|disease|infection) (would|comes|will|had|took|takes) ..2 (back|spread|me|taken|faster|worse)
(death|dying|it) ..3 (restful|peaceful|like a rest|like rest|like peace|like a vacation|appealing|tempting|inviting|beautiful)
i am (not|never) (scared|afraid) (of|to) (death|die|dying) [anymore]
(scared|afraid) to die ..4 (want|welcome|ready)
(no|not) ..1 (reason|point|use) ..2 me being (alive|here|around)
not (have|want) to exist
(easier|better|simpler|relief) not (existing|being here|being alive|waking up|to wake up)

pretending ..3 (to be alive|i want to live|i want to be (here|alive))
break from (existing|existence|being alive|living|life itself)
(peace|okay|ok|fine|comfortable) with ..1 (not waking up|never waking up|dying|not being here)
not waking up (sounds|would be|seems|is all|again)
(wish|want|like|love|ready|time) ..2 (join|be with|see|go to|go home to) ..3 (heaven|the lord|jesus|on the other side|the afterlife)
not (sure|certain|convinced) [if|that|whether] [my] (life|living|any of this) is worth
(is|if) [my] life [is|even|really|still] worth (living|it)

i ~3 (want|wish|hope|ready|wait|waiting|wonder|imagine|daydream|crave|pray|beg|envy|welcome|long|prefer|fantasize) ~6 (die|dying|be dead|being dead|am dead|was dead|were dead|death|not exist|not existing|not be alive|not being alive|nonexistence|my grave|my coffin|in a coffin|in the ground) !(ringers|battery|end|line|tired|asleep|weight|serious|and taxes|certificate|at home|first|before (he|she)|does|is not|benefit*|certificate*|penalty)
(being dead|death|dying|to die|the grave) ..3 (hurts|hurt|hurting) less
not (fear|dread) (death|dying)
death ..4 (soon enough|come (already|faster|sooner|get me|for me)|is not fast enough|where are you)
(die|death|dead) ..2 (and|so) (am|do) i |
waiting for (me to die|the end|my end|death|my heart to|it to end for me) !(of (the|this)|is near|results)
(give|do) (anything|everything) to (not exist|not be here|not wake|die|be dead|not be alive|disappear|be gone|stop existing)
(wish|hope|hoping|want|pray|praying|will|beg|like) ~4 heart ~4 (stop|stops|stopping|give out|gives out|quit|quits|give up) !(racing|pounding|fluttering|hurting|breaking)
(hope|wish|pray|praying|hoping|fingers crossed) ~4 (is|was|comes back|to be|have|get|got|turns out) [a|really|something|the|to be] (bad|cancer|malignant|terminal|fatal|worst|incurable) !(news does not|cell service|weather|traffic|day|mood|idea|it gets|about|enough|again)
(sad|sorry|disappointed|mad|hate|unfortunately|upset|angry|annoyed|why am i|cry) ~5 (still here|still alive|still breathing) !(at|in|on|waiting|doing|with)
(wish|wished|wishing) [that|it|that it] (was|had been|were|could be) me !(going|at|getting|making|calling|getting|who (won|got|retired|moved)|too|on (that|the) (beach|cruise|trip|boat))
(wish|wished|wishing) ~3 (let|take|took|kill|killed) me ..2 instead
(wish|wished) they ~2 (let|would let) me go
(step|move|jump|run|get|swerve|turn|duck) out of the way ..3 (bus|truck|car|train)
(burn*|took|takes|take|collaps*|crash*|explod*|fell|falls|blow*|sink|sinks|down) ..4 with me in it
(house|roof|plane|car|building|earthquake|storm|tornado|flood|fire|bomb) ~5 (took me|takes me|with me inside|on top of me|fell on me|kill* me|and i (was|am) in it)
(if|when) i (do not|never|did not) wake up ..3 (please|do not|it is|that is|so|just|nobody|no one|tell|fine|okay|good|be)
(heaven|the grave|hell|death|the ground|nothingness|oblivion) (sounds|looks|seems|must be|would be|has to be) (better|nicer|good|peaceful|easier|quieter|restful|lovely|nice)
(want|ready|like|time|long|longing|wish) ..2 (to go|go) home to (god|jesus|the lord|heaven|my maker|my (wife|husband|mom|dad|mother|father))
(cash|collect|get|have) ..3 (policy|life insurance|insurance) ..4 (happy|better|free|fine|glad|relieved)
(i am|just|always) in [everyones|everybodys|the|their] way ..6 (gone|dead|better|happy|without)
(lights|light|switch|world|screen) ~3 (out|off|dark|black) (for good|forever|permanently|for ever|and never)
(want|wish|need|ready|hope|like|love|long) ~5 (stop|rest|sleep|dark|quiet|silence|nothing|black|peace) (forever|permanently|for ever|for eternity)
(outlived|outlasted) my (use*|purpose|welcome on|time)
(shell|ghost) ..2 (waiting|wait|ready) (for|to) (the end|end|die|death)
if i (was|were|am) not alive
if i (was|were) dead |
(change|different|lose|miss|gain) ..3 if i (was|were|am) not (alive|here|around)
not ..1 (want|care|deserve|like|enjoy|sure i want|see why|know why|know if i want) ~3 (be alive|being alive|stay alive|alive anymore|staying alive)
(see|find|have) ~2 (point|reason|sense|purpose) ..6 (being alive|to live|living|me)
(care|mind|matter) if the rest [of me] (goes|dies)
what is left (of me|to live)
not even (want|care) to (be|live|exist|breathe)
(breathe|breathing) ..2 (is a chore|feels pointless|hurts to keep|just because)
(ready|okay|happy|content|willing) to (go|leave) (whenever|any time|anytime|any day|now|if (god|he)|when (god|he)) ..3
(nobody|no one) ..2 (cry|mourn|grieve|cries) (for me|over me|when i)
(keep|keeps|kept|keeping) me (alive|from dying|breathing) ..4 (pointless|why|reason|for what|not want)
(being born|being alive|living) (was|is) (a|the) (mistake|curse|punishment|waste|prison|torture)
(life|living|existence) (is|feels|became|has become|feels like|feels only like) (a|like a|like) ..1 (prison|punishment|curse|life sentence|torture|hell i)

(no longer|not) want to exist
(wish|want|hope|like) ..3 (stop|quit) breathing
(finished|done|through) with (this|the) world
(have|has|is|there is) no place (on|in) (this|the) (earth|world|planet)
too (scared|afraid|chicken|cowardly|much of a coward) to (die|do it|kill|end)
if i (vanished|disappeared|dropped dead|ceased to exist) ..6 (fine|okay|ok|better|happy|relieved|manage|no one|nobody|replace*|hire)
(let|should) me be the one to (go|die)
(living|life) is just waiting
(hope|hoping|wish*|pray*) ..1 for (an aneurysm|a stroke|a heart attack|an accident|cancer|a crash|a tumor|the end)
(lightning|a bus|a truck|a train|a car|a bullet) (struck|hit|took) me ..3 (say thank|thank|okay|ok|fine|be happy|good)
(hope|hoping|thinking) (that is it|that this is it|this is the last)
(angry|sad|mad|sorry|disappointed|upset|hate) ..2 i opened my eyes
(nobody|no one) ..2 needs me to (stay|live|be here|be alive)
(nothing|no one) ..1 (for me|left for me) (in|on) this (world|earth|life)
not want to grow another day

(wish|wished|wishing) (you|they|one) (were|was|are|had) (dead|never (born|here)|not (here|alive))
(wish|wished|wishing) (you|they|one) (did not|do not|never|could stop) (exist|existed|existing|wake|wake up)
(anyone|anybody|someone|people|you) [else|ever] (hope|hopes|hoping|wish|wishes|pray) (they|you|to) ..2 (not|never) (wake|waking) up
(relieved|happy|glad|grateful|okay|fine) not to (wake|be here|be alive|exist)
better off sin mi
(ojala|quisiera) i (do not|never) wake up
desear ..2 (no despertar|morir*|la muerte|desaparecer|no existir)
(want|wanted) out ..6 out of (everything|it all|all of it|life)
no life left in me
(bad|worst) (kind|one|news) ..6 (an end|over|done|relief|end to this)
if it [all] ended ..2 what would it matter

# -- not waking, sleeping for good (C-SSRS 1) --
(hope|hopes|hoping|wish|wishing|pray|praying|prayed|want|wanting|like|love|rather|prefer|pretend|beg|begging|ask|asking|happy|glad|peaceful|okay|nice|fine|relieved) ..2 (i|to|with|god|if i|about|for) ..5 (not|never|wouldnt) [to] (wake|waking|woken|woke) up (tomorrow|one|again|ever|anymore|in the morning|at all|here|and|so i|so that|so someone|some day|someday|one of|from|please|some|tonight|is|this time|alive|because|or|either|to this) !(early|before|at|till|until|the|for|with)
(hope|hopes|hoping|wish|wishing|pray|praying|prayed|want|wanting|like|love|rather|prefer|beg) ..4 (i|to|god|if i) ..5 (not|never) [to] (wake|waking|woken|woke) up |
(just|please|simply|let me|i|and|wish i had|wish i) (not|never) (wake|wakes|woke|waking) up [tomorrow|again|one] |
what if i [just] (never|did not|do not) (wake|woke) up !(on|in|at|before|to)
| (never|not|not ever|just not) (wake|waking) up [again|tomorrow] |
(not|never) want* to wake up [tomorrow|anymore|again|ever|in the morning|any more] |
(not|never) want* to wake up (anymore|tomorrow|again|ever|one)
(sleep|asleep) and ..1 (never|not) ..1 (wake|get|come|open) ..2 (up|back|again) !(till|until|at|before|early|for|when)
(sleep|asleep|lie down) and (stay|be) (asleep|gone) (forever|for good)
(sleep|asleep) (forever|for ever|for good|eternally|permanently) !(please that|lol|on (weekends|sundays|sunday|saturday)|this weekend)
(go|gone|die|dying|died|pass|slip away|take me|takes me|taken) in my sleep
(died|die|go|pass) in my sleep
(night|day) i do not wake up
(disappointed|sad|upset|mad|angry|sorry|hate|bummed|unfortunately|annoyed) ..2 (that|when|to|i|because|it when) ..2 (woke|wake|waking|woken) up !(early|at|so|late|before|with|to (the|his|her|a)|him|her)
woke up ..3 (unfortunately|still alive|alive|wish i had not|disappointed|again why)
sick of waking up
(dread|hate) waking up (alive|every|each)
be the night i do not

# -- not being here, disappearing --
(want|wanted|wants|wanting|need|like|love|wish|ready|going|time|rather|could|trying|feel like|tempted) [i|to|could|would|i could] [just|really|honestly|kind of|so badly|simply|kinda] (disappear|vanish|evaporate|not exist|stop existing|cease to exist|cease existing|not be|fade away|be erased|be nothing|dissolve|be invisible forever|be no more|not be here|not be alive|not be around|be gone) !(on you|for (a|an|the|one)|from (work|facebook|social|the office|this meeting|town)|to|into|on|with|when|in traffic|like|a (burden|mess|failure|jerk|bother|pain)|so|the|late|rude|able|his|her|responsible|in charge|here (tonight|when)|there|woken|my|alone|bothered|angry|mad|at work|for dinner)
| disappear |
disappear ..3 (forever|for good|for ever|and never|and not come back|from (this|the) (world|earth|life|planet))
(not|never) want to (be|stay) here (anymore|any more|any longer|no more|on earth|in this world|without|with all|now that|period|at all|with you all) !(at|in (this|the) (hospital|waiting|er|line|town|house|hospital room)|because (the|she|he)|it is)
not want to (be|stay) here |
not want to (be|stay) (around|here) [anymore] |
not want to (be|live|stay) (in|on) this (world|earth|planet|life)
not want this life
not want to (exist|be a person|be anything|be anywhere)
not want to (do|deal with) life !(insurance)
not [able|want] to do (life|living|this life) [anymore] !(insurance)
not feel like (living|being alive|being here|being on this|existing|being on this planet)
not want to see (another|my next|the next) (birthday|day|christmas|year|morning|sunrise|tomorrow)
(not|no longer) (sure|certain|know) [if|that|why] i (want|care|wanna) to [keep|go on|stay] ..1 (alive|living|here|live|being alive|exist)
(keep|stay|staying|keeping|remain) [being] (alive|living) !(with (him|her|them|my)|in|here|at|room|expenses)
(not|why|tired of|reason to|point in|hard to|want to|sure i want to|pretending to) ..3 keep being alive
not (want|wanting) to (keep|go on) !(paying|doing|the|my|this (subscription|service|plan)|getting|texting|fighting|going to|a|taking|working|driving)
(see|imagine|picture) (myself|me) [being] (alive|here|around|living) (next|in|past|after|much)
(not|do not) (see|expect|plan) ..3 (be around|being around|make it|being alive|be alive|see) (next year|past|christmas|much longer|to my)
(not|do not) think i (will|am going to|would) (be (around|here|alive)|live|last) [much] (longer|long|past|to see|anymore)
(stopped|quit|not) mak* [any] plans (past|for|after|because) ..6 (not expect|not be here|not want|alive|around|see it)
(think|thought|wonder*|imagine|imagining|fantasize|fantasizing|dream*) ..2 (what it would be like|about|how it would be|how it feels|of) ..2 (not being here|just be gone|be gone|be dead|being dead|not exist|not existing|to not be|being gone|not be here)
(quiet|nice|peaceful|good|better|easier) ..3 (to|it would be to) [just] (not be|not exist|be dead|be gone|not be anymore|not be here) [anymore] !(a|the|so|in charge|at|bothered|woken|interrupted)
just not be |
(stop|quit|done|tired of|over|sick of|hate) (existing|being alive|living like this and|being here on)
(why|for what) (do i|am i|should i|did i|would i) [even|still|ever|bother] (exist|alive|living|live|here on|on this (earth|planet|world)|bother (living|being alive|waking up)|being alive|keep living|stay alive|go on living|be alive|have to be alive)
why (am i|do i|bother|be|keep|stay) [even|still|being|bother] (alive|living|being alive|existing|exist)
why ..2 (god|the lord|he|jesus|they) [still] (keep*|kept|leave*|left|put) me (alive|here|on this)
why ..3 (god|lord|he) ..1 not [just] (take|taken|let) me
(god|lord|jesus|dios|heaven) ..4 (take|call|bring|let) me (home|now|away|too|instead|already|soon|die|go|with|in my sleep|please|tonight|out of this)
(god|lord|jesus) [please] [just] (take|kill|end) me !(to|through|as|by|back to|out for)
(beg|begging|pray|praying|ask|asking) ..2 (god|lord|jesus|him) ..3 (take me|let me die|let me go|end|die|not wake|call me)
(take|took) me in my sleep
(call|calls|take|takes|bring) me home [already|soon|too|now|lord] |
ready for (the lord|god|jesus|heaven|death|it to be over forever)
i have lived [long] enough
(lived|been alive|been here|been around) long enough
no place for me (in|on) (this|the) (world|earth|planet)
not belong (in|on|here) (this|on|in) (world|earth|planet|anymore)
not belong (in|on) this (world|earth|planet)
| (i|and) am (done|finished) (being|with being) (alive|here on)
(done|over|through|finished) (being|with being|of being) alive
(last day|last night) please
let this be my last
never have (existed|been born|been alive)
(press|push) a button ..6 (exist*|gone|die|dead|disappear|born)
(a|want any|have a|for) tomorrow i do not want
not want (a|any|another|my) (tomorrow|future)

# -- no reason, no meaning (C-SSRS 1; hopelessness) --
(reason|reasons|purpose|point|use|sense) ..2 (to|for|in|of|me to) ..2 (live|living|be alive|being alive|stay alive|staying alive|exist|existing|stay in this world|be here anymore|be on this|wake up anymore|keep living|go on living|be in this world|my life|me being here|being here anymore|wake up|waking up) !(early|before|with|in|here (at|in)|together|room|near|at|next)
(no|not|any|one|without|what|find|have|see|lost|single) ..2 (reason|reasons|purpose) (to|for|i should|why i should) (live|living|go on|be here|keep going|stay|exist|wake up|keep on|be alive|carry on|continue) !(with (the|this) (plan|service|subscription)|at|in|paying|up so)
(no|nothing|not|anything|what|something|not a thing|little|have) ..3 to live for !(lots|plenty)
nothing ..4 (live for|living for|left for me here|left for me in)
what (is|was|do i|i) ..4 to live for
nothing to live
what is (the|even the) point (of|in|to) [even|me|still] (living|life|being alive|existing|go* on|being here|my life|waking up|it all|being) !(here (at|in)|in (this|the) (house|town|city)|room)
(no|not|see no|any) point (in|of|to) [even|me] (living|life|being alive|existing|going on|being here|my life|go on) !(insurance|here)
(life|living|living like this|my life|this life|any of it|being alive) (is|was|feels|seems|are) (not|no longer|hardly|barely|never) worth (it|living|it anymore|having|anything|the)
not worth living
life (has|have|holds|with) (no|lost|lost all|not) [any|all|its|more] (meaning|purpose|point|joy|value|worth) !(insurance)
(my life|my existence|existing|existence|living|life) (is|feels|seems) [so|completely|utterly|just|totally] (pointless|meaningless|worthless|useless|a mistake|unbearable|hopeless)
(want|wish|ready|wanted) [for] ..2 [my|this] (life|existence) ..2 (over|end|ended|done|over with|finished|to stop)
(want|wish) ..1 (everything|it all|it|all of it|all this) [would|to|could] [just] (stop|end|be over|go black|go dark|be done) (forever|for good|permanently|and i|and be gone|and not)
(want|wish|hope) it [would|to] (all) [just] (end|stop) ..4 (gone|forever|dead|for good)
wish it would [all] [just] end and
(tired|sick|exhausted|weary|fed up|so over) (of|with|from|trying) [just|even] (living|life|being alive|existing|this life|my life|to live|to stay alive|livin) !(admin|insurance|(on|in) hold|coach|alert|lessons|like (this|that) ..2 (house|place|mess|out)|of|in|out|with|at|here|near|paycheck|on|off|like a|together|by (the|his|her)|support|insurance|room|under|next|from|through this)
(lost|no|have no|losing|without|little) ..3 (will|desire|wish) to (live|go on living|be alive|keep living)
(give|giving|gave|given) up on (living|life|being alive)
(not|never) deserve* to (live|be alive|be here|exist|breathe|be on this)
hate (being alive|existing|that i am alive|being here on|that i woke|that i exist)
(living|being alive|existing) (hurts|is too (hard|painful|much))
(no|see no|have no|not see|not have|not see a) future ..4 (do not|not|want|anyway|die|for me and|alive)
already dead inside ..8
[feel] (dead inside|dead already) ..6 (wish|catch up|rest of me|body)
(world|life|house) without (her|him|my wife|my husband|my mom) ..4 (not want|do not want|can not live|no point|will not live)
not want to be ..3 without (her|him|my (wife|husband|mom|dad|mother|father|son|daughter)) !(at the|in (the|this) (appointment|hospital))
not want to (live|be|be here|be in a world|be in this world|go on|exist) without
(nothing|no one|no reason) ..4 (once|when|after) (she|he|mom|dad|they) ..4 ..3 live
(useless|worthless|no use|no good) ..6 (dead|rid of me|die|gone|not be here|disappear|without me)
no use to (anyone|anybody) ..6
no one should have to care if
(check*|care*) ..5 if i am (alive|dead)
hang on any ..2 longer do not want
highway ..12 (not move|would not move)
waste of a life ..6 die

# -- text: what a second author taught us --
(okay|ok|fine|content|happier|prefer|relieved|peace) ..1 not (existing|being alive|being here anymore|living)
if i [just] (stopped|quit|ceased) (existing|being alive|living|being here|breathing|to exist)
(want|like|love|wish|prefer) to not (exist|be alive|wake up|live) !(until|till|before|with|in|near)
hope i (go|pass|die) (soon|first|before (he|she|they|him|her|mom|dad|my)) !(in line|on|home)
(got|get|was|were) hit by a (bus|car|truck|train|semi) ..5 (relie*|okay|ok|fine|not care|not mind|rest|blessing|thank*)
i (do not|quit|stopped) ..3 my (seatbelt|seat belt)
(every night|to bed|asleep|to sleep) ..3 (hoping|praying|wishing|hope|pray|wish) ..3 (it is|it would be|this is|it will be) [the|my] last
would have been my (way out|out|exit|ticket out)
close my eyes and ..2 (be the end|that be it|be done|be over|be gone)
if (the|my|our|this) (house|place|building) ..3 fire ..6 not ..4 (get up|leave|run|get out|move)
(smoother|easier|better|happier|simpler|lighter) ..2 if i (was|were|am) ..2 (gone|out of the (picture|way)|not around|not here)
not ..4 (meant|supposed) to (live|be alive|exist|last|be here) (this|so|that) long
(mercy|relief|blessing|kindness|favor) if (i|god|the lord) ..1 (went|go|died|passed|took me|takes me)
(wish|wished|wishing) (the|that|a) (tornado|storm|fire|flood|truck|cancer|stroke|accident|crash|wreck|covid|virus|bullet) ..8 (me in it|with me|got me|taken me|killed me|finished me|got me instead)
(someday|one day|eventually|at least) i (will|get to) die and ..4 (not have to|over|rest|be free|be done)

# -- the questions of C-SSRS and IPT, put more generally --
(float|floating|drift|drifting|slip|slipping|fade|fading|melt) (away|under|off) and ..2 (be gone|not come back|never come back|be done|not wake|never wake|disappear)
(hope|hoping|wish|wishing|pray|praying) ..4 (does me in|finishes me|my heart gives out|heart just gives out|i get sick)
worth more ..3 dead
dead than alive
wish (it was|it were|it had been) me ..3 (dying|dead|in that|instead|in the (ground|box|casket|coffin)|who got)
(not|never) see myself ..3 (around|alive|here|living|next year|getting old)
(not|never) see a (future|tomorrow|life) ..2 me
no (use|place|room) for me ..4 (world|life|earth|leaving|anymore)
(disappointed|sorry|sad|mad|angry|upset|annoyed) ..2 i (woke|wake|am still alive|did wake)
(to have|i had|could have|would have) never (been (here|born|alive)|existed)
(choice|choose|chose|option) ..3 (not be here|not exist|not be alive|never have)
not ..1 notice if i (was|were|vanish*|disappear*|died|stopped|never)
(someone|something|god|life|the lord) ..2 (take|end|finish|claim) me (tonight|already|soon|in my sleep|out of)
(no|not one|not a|one) ..1 reason to (stay|keep going|live|wake up|stay alive|go on|be on this earth) !(in (this|the)|with|at|up)
(wanting|want|wanted) to not be (alive|here anymore)
"""

ES = """
# -- better without me --
(mejor|felices|tranquilos|mas facil|mas felices|aliviados|descansarian|descansados|bien) ..3 sin mi !(hermana|mama|papa|esposo|hijo|hija|ayuda|carro|telefono|seguro|medicina)
(mejor|mas facil|felices|tranquilos|descansarian|aliviados) ..3 si (yo|no|me) ..3 (no estuviera|no existiera|muero|muriera|muriese|faltara|desaparec*|estuviera muert*|ya no estuviera|estubiera|existiera|no estubiera|no estoy|fuera)
(mejor|igual) ..6 (si un dia|si) ..2 yo ..3 (no estuviera|no estoy|faltara|muriera)
(soy|solo soy|nada mas soy|siento que soy) una carga (para|pa) (todos|todo|mis hijos|mi familia|ellos)
(soy|carga|estorbo) ..6 (mejor|que me muera|me muriera|morirme|muerta|muerto|desapareciera)
(nadie) ..4 (extranaria|extranar|daria cuenta|lloraria|importaria|notaria|echaria de menos|iria a mi)
(alguien|importaria|importa|nadie|no pasaria|no pasa) ..4 si (me muero|me muriera|yo me muero|desaparezco|desapareciera|yo desapareciera|ya no estoy|no despierto|me muero manana|yo no estuviera)
si me (muero|muriera) ..4 (nadie|no pasa|no pasaria|mejor|igual|importa|descansan)
(valgo|valdria) mas (muert*|dead)
(estoy|sobro) de (sobra|mas) en (este|el|esta) (mundo|vida)
sobro en este mundo
mejor (muert*|estar muert*|morirme|me muero|me muriera)

# -- wishing to be dead, never born, not to wake --
(ojala|quisiera|preferiria|prefiero|quiero|deseo|desearia|hubiera querido|me gustaria|deseando|pido|rezo|rezando|pidiendo|espero) ..3 (no despertar*|no despiert*|no volver a despertar|no despierte|no despertara|nunca despertar|no despertar nunca|ya no despertar) !(hasta|antes|temprano|tarde|tan|a mi|a la|al)
(ojala|quisiera|preferiria|prefiero|quiero|deseo|mejor) ..2 (estar|estuviera|estuviese) (muert*|bajo tierra|con (dios|ella|el|mi (mama|papa|esposo|esposa|madre|padre)))
(ojala|quisiera) ..2 (me muera|me muriera|me muriese|nunca hubiera|no hubiera|jamas hubiera|no existiera|no haber nacido|me hubiera muerto|no existir|me mate|me lleve|se acabe mi|fuera yo|hubiera sido yo|me hubieran)
(ojala|quisiera|hubiera|preferido) ..3 (nacido|no haber nacido|existido)
(no|nunca|jamas) (haber|hubiera|debi) (nacido|nacer)
no (quiero|quisiera|deseo) (despertar|volver a despertar|amanecer|existir|estar viva|estar vivo|ser|nada con la vida|levantarme nunca) !(a mi|a la|al|a los|temprano|tarde|con)
(ya no|no|tampoco) (quiero|quisiera) (estar|seguir|permanecer|andar) (aqui|en este mundo|viva|vivo|viviendo asi|en esta vida|en esta tierra|aki) !(en (el|la|este hospital|esta casa)|otra|con)
(no me importa|no me importaria|me da igual|da lo mismo|no me molestaria|que mas da) ..2 (si|morir*|morirme|no despertar|vivir) ..2 (vivo|muero|muera|despierto|morir*|despertar|viva|o)
(me da igual|da igual|no me importa|no me importaria) (morirme|morir|vivir|la muerte|no despertar)
(dormir|dormirme|duermo|duerma|dormida|dormido|acuesto) ..5 (no despertar|nunca despertar|para siempre|ya no despertar|nunca mas|no volver|no despertara|no despierte) !(hasta|antes|temprano)
(muera|muero|morir|morirme|llevara|lleve|lleves) ..3 (dormid*|durmiendo|mientras duermo|en el sueno|sleeping)
(dios|diosito|senor|virgencita|jesus) ..4 (llevame|recogeme|lleva|lleve|recoja|llevara|llamame|llame|quitame la vida|acuerdate de mi|lleves|recogiera)
(llevame|recogeme) ..2 (ya|dios|diosito|senor|contigo|con el|con ella) !(al|a la|a mi|a el)
(pido|ruego|rezo|suplico) ..4 (lleve|recoja|muera|morir|llevara)
por que (dios|diosito) no me
(debi|debia|hubiera|tenia que|tuve que|me hubiera|deberia) ..3 (muerto yo|morirme|morir yo|morirme yo|haber muerto|muerto en|haberme muerto|ser yo|muerta yo|sido yo)
me (hubiera|debi) [de] [haber] (muerto|morir)
(la muerte|morir|morirme|estar muert*) ..2 (seria|es) ..3 (descanso|alivio|paz|solucion|bendicion|lo mejor|salida)
(descanso|alivio|paz) ..2 (morir|morirme|la muerte|estar muert*)
que (descanso|alivio) ..2 (morir|morirme|la muerte)
(mi propia|mi) muerte !(de|natural)
(pienso|pensando|pensar) ..3 en (la muerte|morir|morirme|mi muerte|mi propia)
(esperando|espero) ..4 (me toque|morir|morirme|la muerte|mi turno|mi hora|me llegue la hora)
envidia ..4 (muertos|muerto|muerta|los que se mueren|los que ya)
(imagino|pienso en|sueno con) ..3 (velorio|funeral|entierro|estar muert*)
(vivi|he vivido) [lo] (suficiente|bastante|demasiado)
ya vivi (suficiente|bastante|lo suficiente|lo que)
| (quiero|solo quiero|nomas quiero|me gustaria|quisiera|ganas de) (desaparecer|esfumarme|evaporarme|desvanecerme|borrarme) !(un rato|unos|por un|del mapa el fin)
(quiero|quisiera|gustaria|ganas de|ojala|pudiera|deseo|desaparecer) [yo] [pudiera|solo|nada mas] (desaparecer|esfumarme|evaporarme|desaparecerme|dejar de existir) !(un rato|unos|por un)
| desaparecer |
dejar de existir
no existir
(si yo|yo) no existiera
(heart|corazon) ..2 (se parara|se pare|se detenga|deje de latir|se detuviera)
(infarto|cancer|accidente|bolita|tos) ..8 (no voy a llamar|mejor|ojala|que dios decida|descanso|no me voy a|no pienso)
(gustaria|ojala|quisiera) ..5 (cancer|algo grave|infarto|accidente|me atropell*|terminal|enfermara)
(no|ni) miro [antes|a los lados] ..3 (cruzar|calle)
deje ..4 medicina* ..8 (ojala|lo que dios|que sea)
(desperte|despierto|amaneci) otra vez ..5 (lastima|desgracia|hubiera|no quiero|para que)
hubiera preferido no

(nunca|no) (debi|deberia|tenia que|hubiera) [haber] (nacido|nacer|existir)
(para que|por que) naci
(quisiera|quiero|deseo|ojala|pudiera|gustaria) ..3 (cerrar los ojos|dormirme|apagarme|irme) ..4 (no abrir|no volver|nunca|para siempre|no despertar|y ya)
(alivio|descanso|mejor|lindo|bonito|facil) ..1 (no estar|no existir|no despertar|estar muert*|dejar de existir|morir|morirme)
(tal vez|quizas|quiza|a lo mejor|creo que) ..2 (deberia|seria mejor|es mejor) ..2 (morir*|no estar|no existir|desaparecer|muriera|irme para)
no me importa [ya] [nada] ..1 (la vida|vivir|mi vida|si amanezco|lo que me pase)
(no|nada) ..4 (me|que me) (detiene|mantiene|ata) ..2 (aqui|viv*|a la vida|en este mundo)
(ojala|quisiera|deseo|espero) ..3 (me (pase|pasara) algo|me de algo|me caiga un|me atropell*|me enferme|me de un (infarto|derrame))
(no|nunca) (naci|estoy hech*|sirvo) para (vivir|esta vida|este mundo)
(estorbo|sobro|no hago falta|no le hago falta|no sirvo) ..8 (morir*|muerta|muerto|desaparec*|sin mi|no estar|mundo|mejor)
(que|cuando) ..2 (llegue|llegara|toca|tocara) mi (hora|turno|muerte)
no (aguanto|soporto|puedo con|tolero) (la|esta|mi) vida !(de (hospital|oficina))
ya no quiero seguir [asi] |
(quiero|quisiera|solo quiero) que ..1 todo (termine|acabe|pare) [ya|de una vez|para siempre] |
(ni|tampoco) vivir |
que me trag* la tierra [para siempre|y no]
(ya|quiero|ojala|cuando) ..3 [que] me toque a mi
nadie me [va a|ha de] (llorar|extranar|recordar|llorara|extranara)
(yo|que yo) ..2 (hubiera|debiera|deberia) ..2 (muerto|muerta|morir*|sido)
(quiero|quisiera|deseo|ojala|espero|imagino|sueno|ganas) ~6 (morir|morirme|muerta|muerto|la muerte|no existir|dejar de existir|mi tumba|la tumba|bajo tierra) !(de (hambre|sueno|risa|la risa|verguenza|cansancio|calor|frio)|en casa)
(si|aunque) no despierto ..4 (no lloren|esta bien|mejor|no pasa)
(cielo|tumba|muerte|panteon) (suena|parece|seria|se oye) ..1 (mejor|bien|bonito|paz|tranquil*)
(mi corazon) ~3 (pare|parara|detenga|reviente|aguante mas)
conmigo adentro
(vida|vivir) (es|se siente) ..2 (castigo|prision|infierno|tortura|carcel|condena)
(estorbo|sobro) |
apagarme ..3 (vela|para siempre|y ya)
no hay nada para mi en (este|el) mundo
(pido|rezo|ruego|ojala|quisiera) ..3 no amanecer
(nada|ya nada) ..2 que hacer en (esta vida|este mundo)
(odio|detesto) (vivir|estar viv*|mi existencia)
(vivir|la vida) ..1 (duele|me pesa|es un castigo|me cansa)

# -- no reason, no meaning --
(para que|pa que|por que) ..3 (vivo|vivir|sigo viv*|seguir viv*|existo|despierto|naci|seguir viviendo|estoy en este mundo|vivo si|sigo aqui|seguir aqui) !(en|con|lejos|juntos)
(no|sin|ningun|ninguna|ni|tengo|hay|tendre) ..4 (razon|motivo|motivos|razones|sentido|porque|por que|para que) ..3 (vivir|viva|vivo|seguir viv*|estar viv*|seguir aqui|existir|seguir en este)
nada por (que|lo que) (vivir|seguir)
(no|ya no) ..2 (le|les) (veo|encuentro|hallo) ..2 (sentido|caso|chiste) ..2 (a la vida|vivir|a vivir|a seguir|a nada|vida)
(mi vida|la vida|vivir|esta vida) ..2 (no tiene|perdio|no vale|no tiene ya|sin) ..2 (sentido|la pena|nada|razon|caso|valor) !(si|comprar|pagar)
(vida|vivir) ..2 (no vale|no merece) (la pena|nada)
no (vale|merece) la pena (vivir|la vida|seguir viv*|estar viv*|mi vida)
que sentido tiene (vivir|la vida|mi vida|seguir viv*|seguir aqui|estar viv*)
(cansad*|hart*|fastidiad*|aburrid*|agotad*) de (vivir|la vida|existir|estar viv*|esta vida|mi vida) !(de|en|con|aqui|juntos|lejos|asi en|de (noche|dia))
(sin|no|perdi|perdiendo|se me quitaron|quitaron|no me quedan|pocas) ..2 (ganas|deseos|ilusion) de (vivir|seguir viv*|seguir con vida|existir|estar viv*|seguir aqui) !(en|con|aqui)
no merezco (vivir|estar viv*|la vida|existir|seguir viv*)
(vivir|viva) ..2 no (quiero|tiene caso|vale)
(desde que|cuando) ..4 (murio|falte|muera|falto|fallecio) ..4 (no quiero vivir|no tendre por que|quiero estar con|no tengo por que|quiero irme)
(quiero|quisiera) (irme|ir|reunirme|estar) con (el|ella|mi (esposo|esposa|mama|papa|madre|padre|hijo|hija)) [al cielo|alla|en el cielo|ya|pronto]
(no voy a|no pienso|ya no voy a) estar mucho [tiempo] [mas] ..2 (en este mundo|aqui|viv*)
no pienso estar |
ya no estuviera en este mundo
(estar|quiero|vivir|seguir) ..1 en este mundo !(tan|con tanta)
(estoy|para que) ..1 en este mundo |

# -- text: what a second author taught us --
no me (importaria|importa|molestaria) que me (atropell*|mat*|llev*|cayera|pasara|diera un)
"""
