"""Somebody the writer knows, most often the one they care for, wants to die or harms themselves.

What these find is taken out of the text before the writer's own words are read, so that "my mom
says she wants to die" is not taken for the writer's wish.
"""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- saying or wanting it --
<person> ..4 (
    (<says>|is|was|has been) ..5 (want|wants|wanted|wanting|wish|wishes|wished|rather|hopes|hope|plans|planning|prepared|determined|decided|allowed|help) ..5 (die|dead|suicide|<themself>|end it|jump|overdose|be gone|never wake up|not wake up|not be here|be here anymore|living|be alive|live anymore|take (him|her|them)|disappear|shoot me|kill me) !(at home|in (his|her) [own] (bed|house|home)|with dignity|before (me|his|her)|of|from|shaving|lifting)
    | (want|wants|wanted|wishes|wished|threatens|threatening|threatened|tried|trying|plans|planning|attempted|intends|hopes|prays|begs|begging|begged|determined|wishing) ..4 (die|dead|be dead|commit suicide|suicide|kill (<themself>)|end (<themself>|it)|hang (<themself>)|shoot (<themself>)|drown (<themself>)|take (<themself>)|overdose|jump off|jump out|starve (<themself>)|harm (<themself>)|hurt (<themself>)|killing (<themself>)|ending (<themself>|it)|be gone) !(at home|in (his|her) [own] (bed|house|home|sleep)|with dignity|before (me|his|her)|of|from|at the|(years|a year|decades|months) ago|in (19*|20*))
    | (<says>|going to|will|might|wants to) ..4 (kill|hang|shoot|drown|harm|end|starve|stab|cut) (<themself>)
    | (self harm*|selfharm*)
    | <says> ..3 (going to|plans to|about to) ..1 (kill|end|hang|shoot) (<themself>|it)
    | suicidal
    | <says> ..5 <death-talk>
    | (rather|wants to|going to|prefer*) (go out|go) (on (his|her) own terms|now while|now before)
    | <gun> ..4 (mouth|head|says|threat*|wants|tonight|himself|herself|and said|almost time|in (his|her) hand)
    | (tried|trying|threatening|threatens|going|attempted|about|wants) to (swallow|take|overdose|od|drink|jump|hang) ..4 (whole|all|bottle|pills|bleach|himself|herself|on|off|if|from|out)
    | (says|said|threat*|wants to|going to) ..4 jump !(rope|up|in|on|start|for)
)
(kill|killing|hang|hanging|hanged|hung|shoot|shooting|shot|drown|drowning|drowned|harming|starving|stab|stabbed|poison|suffocate|ending) (<themself>) !((years|a year|decades) ago|in (19*|20*|a movie|the (movie|book|show))|in the foot|on the|when i was)
(slit|cut|cuts|cutting|slashed|sliced) (her|his|their) [own] (wrist*|arm*|leg*|thigh*|throat|vein*)
(is|been|started|keeps|was) (cutting|burning|harming|hurting) (herself|himself|themself|themselves)
(daughter|son|sis|sister|brother|teen*|kid|niece|nephew|grand*|she|he|child|wife|friend) ..2 (is|been|keeps|started|was) [been] cutting !(back|down|off|out|the|wood|grass|hair|coupons|his|her|it|paper|up|vegetables|carbs|on)
her self harm*
(him|her|them|<kin>) from (killing|hurting|harming|hanging|shooting|cutting) (<themself>)
(afraid|scared|worried|fear|terrified|think|thinks|thought|believe|know) ..4 (is|will|might|could|going to|would|may|plans) ..3 (kill|hurt|harm|shoot|hang|take|end) (<themself>)
take (his|her|their) own life !((years|a year|decades) ago|in (19*|20*))
taking (his|her|their) own life

(says|said|saying|yells|yelled|begs|begged|screams|asks|asking|tells) [me|us] [to] [please] just (shoot|kill|end) me

# -- suicidal --
(he|she|they|<kin>) ..4 (suicide|suicidal) !(prevention|hotline|(years|a year|decades) ago|in (19*|20*)|when i was)
(suicide|suicidal|goodbye|farewell) (note|notes|letter|letters|attempt|threat|threats|thoughts|ideation) ..3 (from|in|by|of) (my|our|his|her|the)
found ..2 (suicide|goodbye) (note|letter)
(he|she|they|who|<kin>) ..2 (wrote|writes|writing|left|leaving|drew|made) ..4 (goodbye|suicide|farewell) (letter*|note*|text*|message*)
(says|saying|said|says good) ..2 goodbye to (everyone|everybody|us all|all of us|the kids and) !(at|when)
(telling|told|saying) (people|everyone|everybody|us) goodbye
(suicide|suicidal) (watch|threat|threats|attempt|attempts|plan|talk)
(threat|threats|threatens|threatened|threatening|talking|talks|talk) ..2 suicide

# -- dying, living, burden, in their words --
(he|she|they|<kin>) (does not|do not|did not|no longer|not) want* to (live|be alive|exist|wake up|go on living|be here anymore|keep living|be in this world) !(at|in|with|here|there|on|near|alone|next|early|for|before)
(let|help) (him|her|them) (die|go and die|end it|end (his|her) life|kill (<themself>)|commit suicide) !(at home|in peace|with dignity)
help her die
help him die
(hopes|wishes|prays) [that] (he|she|they) (was|were|does not|do not|would not|will not|could|would|never) ..2 (dead|wake|wake up|die|disappear)
(wishes|wish|wants|prays|asks|begs) (god|the lord|jesus) ..2 (take|takes|call|let) (him|her|them)
(rather|sooner) (die|be dead) than
next time ..3 (hook|let|leave) me
(rather|ready to) (die|be dead|go now) ..4 (she|he) (means|says)
(tired of|done with|finished with|through with) (living|life) ..4 (she|he|says)
(says|said|because) ..3 (finished|done|through) with (life|living)
because (she|he) is (finished|done|through|tired) (with|of) (life|living)
on (his|her) own terms
while (she|he) can still do it (herself|himself)
will not see (spring|christmas|summer|another)
(will not|not) go to a [nursing] home alive
nursing home alive
(says|said|told me) ..3 (can not|cannot|not) (live|go on|do this|take it) anymore !(with|without (his|her) (tv|phone|car))
(he|she) can not live anymore
(he|she|they|<kin>) ..2 (stopped|stops|refuses|refusing|refused|will not|not|quit|has stopped) ..1 (eating|eat|food|dialysis|meds|medicine|medication|pills|treatment|drinking|her medicine|his medicine) ..3 (because|says|so|since|to|and says) ..6 (die|dead|done living|ready to go|end it|over with)
(turn|turning|take|taking|unplug*|disconnect*) ..2 (off|out) ..2 (my|her|his|the) (oxygen|machine|dialysis|ventilator) ..6 (sleep|die|go|end|decided|over)

# -- means --
(has|have|got|grabbed|holding) ..2 <gun> ..5 (says|threat*|kill|will not|and wants)
(put|holds|held|pointed) ..2 <gun> ..3 (his|her) [own] (mouth|head|chest|chin)
(he|she|<kin>) ..3 (asks|asking|asked|looking) ..2 (where|for) ..5 <gun>
(asked|asks|asking|keeps asking|wants|begged|begs|begging) [me|us] [for|where|to] ..5 (gun|rifle|pistol|gun safe|safe code|shoot (him|her|me))
asked me to (shoot|kill|smother|poison|overdose|end)
asked me ..2 help ..3 (die|end|go)
(asked|asks|asking|wants to know) [me] how many ..4 <meds> ..6 (too many|kill|die|take|enough|would it)
(asked|asks|asking|wants to know|begged) ..4 (where|for) ..4 (strong pills|morphine|pain patches|patches|pills|meds|insulin|enough) ..5 (end|die|because|life|go|sleep|finish*)
(asked|asks|asking|begged) me ..3 (enough|all|extra) ..3 <meds> ..4 (end|die|sleep|go)
(he|she|they|<kin>) ..3 (hiding|saving|hoarding|stashing|collecting|stockpiling|hid|saved) ..2 (her|his|their|the|up) ..2 <meds> ..6
(drove|walked|went) to the (bridge|cliff|tracks|river|railing) ..6 (police|sat|stood|home|found)
(locked) ..3 (bathroom|room) with a <blade>
(knife|razor|box cutter) ..5 (says|said|wants) ..5 (die|kill|end)
(holding|has|grabbed|found (her|him) with) ..2 <blade> ..5 (wants to die|says|wrist*|himself|herself)
hide the (knives|guns|pills|meds) ..8 (die|kill|himself|herself|suicid*|end|hurt)
(songs|plans|plan|planned|talks about) ..3 (his|her) [own] funeral ..8 (soon|not sick|is not sick|tonight)
(picture|drew|drawing|drawings) ..3 of (herself|himself) ..2 (hanging|dead|dying|hanged)
(end|ending) (himself|herself|themself)
(giving|gave) away (his|her) ..8 (goodbye|not see|will not)
(threaten*|says) ..4 (before we|if we|if i) ..4 (kill|jump|shoot)
(she|he) would (kill (<themself>)|rather be dead|rather die)
(attempted|attempting|attempt|tried|tries) suicide !((years|a year|decades) ago|in (19*|20*)|when (i|he|she) was)
(mom|dad|wife|husband|hubby|son|daughter|brother|sister|grand*|mother|father|friend) (suicidal|talking suicide|wants to die)
| ..2 wants to (die|end it|kill (<themself>)|be dead)
world would be better without (her|him|them)
(wants|wanted|wish*) to go to sleep and (never|not) wake up ..4
(whispered|says|said|told) ..4 (go to sleep) ..4 (never wake|not wake|forever)
leave (him|her) alone with the <gun>
gun safe code

# -- text: what a second author taught us --
(talk*|say|says|said|saying|threat*|jok*) ..3 (eat|eats|eating) (a|his|her|the) (bullet|gun|barrel)
"""

ES = """
<alguien> ..3 (dice|dijo|dise|dicen|decir|diga|pide|pidio|quiere|queria|quiso|insiste|repite|amenaza|amenazo|habla|piensa|trato|intento|va|jura|grita|ya no quiere|no quiere|murmura|llora|rezando|me conto|conto|confeso|cree|desea|reza) ..6 (morir|morirse|muere|matarse|matar|suicidarse|suicidar|quitarse la vida|quitarse|acabar con su vida|terminar con su vida|ahorcarse|tirarse|un tiro|vivir|ya no quiere estar|mejor muerto|mejor muerta|estaria mejor|lo lleve|la lleve|se lo lleve|se la lleve|es una carga|no despertar|dormir para siempre|desaparecer) !(en [su|la] (casa|cama)|conmigo|con nosotros|sola|solo|en|aqui)
(se|que se) (quiere|queria|quiso|va a|iba a|intento|trato de|puede|vaya a) ..1 (morir|matar|suicidar|ahorcar|quitar la vida|quitar el oxigeno|tirar del|tirar de|cortar las|pegar un tiro|colgar|hacer dano) !(de (risa|hambre|sueno))
(quiere|queria|intento|trato de|amenaza con|piensa en|habla de|dijo que va a|dice que va a|va a) (matarse|suicidarse|morirse|quitarse la vida|ahorcarse|tirarse|lastimarse|hacerse dano|cortarse las|acabar con su vida|terminar con su vida|dejarse morir)
(quiere|dice que quiere|pide) morir !(en [su|la] (casa|cama)|en paz)
(dice|dijo|dise) ..3 (se quiere morir|se va a matar|se mata|se quiere matar|ya no quiere vivir|no quiere vivir)
(ya no|no) quiere (vivir|estar en este mundo|seguir viviendo|despertar|existir) !(en|con|aqui|sola|solo|temprano)
se (quite|quito|quitaria) la vida !(hace)
(se) (corto|corta|esta cortando|cortaba) ..2 (venas|brazos|munecas|brazo|muneca|piernas)
(acabar|terminar) con su (vida|sufrimiento)
(dice|diga|dijo|pide) ..4 (se (quiere|quieren) morir|que lo (maten|mate)|que la (maten|mate)|quiere morir*|deje morir|dejen morir)
(pidio|pide|pidiendo|rogo|ruega) ..3 (ayude|ayudara|deje|dejara|dejen) [a] morir
(pensamientos|ideas|notas|intento|amenazas) suicidas
<alguien> ..3 suicid* !(hace)
se (suicide|suicida)
(carta|nota) de despedida de (mi|su)
(encontr*|dejo|escribio|hallamos|halle) ..2 (carta|nota) de despedida
el [me|ya|siempre|se] (dice|dijo|pide|quiere|amenaza|habla|insiste|piensa) ..6 (morir|morirse|matarse|matar|suicidarse|suicidar|quitarse la vida|vivir|un tiro|ahorcarse|tirarse)
(pregunto|pregunta|pide|pidio|busca) ..5 (cuantas|todas las|la|mi|las|el) ..1 (pastillas|pistola|arma|frasco|rifle|medicinas) ..8
(que le|le) (de|demos|diera) ..3 todas las pastillas
(encontre|encontramos) con (pastillas|una soga|un cuchillo|una pistola|las pastillas)
(en el|del|desde) (techo|puente|balcon|azotea) ..5 (se va a tirar|tirar|aventar|saltar|brincar)
(me voy a|va a|a) quitar el oxigeno
quitar el oxigeno ..6 (dormir|siempre|decidio)
(una carga) ..4 (se muere|mejor muert*|morirse|se muera)
(ojala|que) ..1 dios se (lo|la) lleve

# -- text: what a second author taught us --
(dice|dijo|repite|piensa|cree) ..2 que ..3 (mejor|felices|tranquilos) sin (el|ella) !(medicamento|doctor)
"""
