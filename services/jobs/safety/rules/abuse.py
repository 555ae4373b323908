"""The writer is hurt or threatened by somebody, or somebody in their care is."""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- hurt by somebody --
<person> ..4 (hit|hits|hitting|beat|beats|beating|choke|chokes|choked|choking|chock*|punch|punches|punched|punching|punchs|slap|slaps|slapped|slapping|kick|kicks|kicked|kicking|strangle|strangles|strangled|strangling|hurt|hurts|hurting|abuse|abuses|abused|abusing|assault*|rape|rapes|raped|molest*|shove|shoves|shoved|shoving|stab*|burn|burns|burned|burnt|bite|bit|bites|attack*|smack*|whip*|grope*|push|pushes|pushed|drag|drags|dragged|threw|throw|throws|spit*|spat) me !(a little|lightly|playfully|gently|at (cards|checkers|chess|golf|bingo|rummy|dominoes|scrabble)|to (it|the|see|do|be|go|try)|up (for|about|with|when)|a (text|call|line|party|bone|kiss|curve)|off|for (money|a loan|cash)|with (a (ton|question|bill|joke|smile|hug|kiss|look)|questions|the news|love|that line)|every time at|under the bus|too when (he|she) (says|ignores|forgets)|when (he|she) (forgets|does not know|says)|into (the|a) (deep|new)|on (facebook|the cheek)|around in (his|her|the) (chair|wheelchair)|feelings|harder|in the right|over the edge|toward)
(he|she|they|who) (hits|beats|chokes|punches|slaps|kicks|strangles|rapes|abuses|molests|hit|beat|choked|punched|slapped|kicked|strangled|raped) me
(is|been|keeps|kept|started|stop|not stop|b) (hitting|beating|choking|punching|slapping|kicking|strangling|abusing|raping|molesting|hurting|hittin|attacking) me
(threatens|threatening|threatened|threaten|stalks|stalking|terrorizes) me !(with (a good|ice)|to)
(put|puts|lays|laid|putting) (his|her|their) hands on me
(his|her) (hand|hands|forearm|arm|fingers) ..3 (my|me) ..1 (neck|throat) !(massage)
(by|at|around|on) (the|my) (throat|neck) !(brace|pain|hurts|is|massage|with a scarf)
(he|she|they|husband|wife|son|dad|father|brother|boyfriend|bf|partner|and|who|then) ..3 (slam*|bang*|smash*|push*|shov*|threw|throw*|pin*|knock*|bash*) (me|my (head|face|arm|hand|fingers)) ..2 (against|into|down|in|on|over|through|to|with|out|onto) !(the (right|bus)|(his|her) (chair|arms))
(broke|breaks|fractured|cracked|dislocated|busted|twisted) my (arm|wrist|nose|rib|ribs|jaw|finger|fingers|leg|tooth|teeth|hand|lip|eye) !(when i fell|falling|skiing|on|lifting)
(gave|give|gives|got|have|has) [me] [a] (black eye|busted lip|bloody (nose|lip))
(black eye|bruise|bruises|handprint*|hand prints|marks|welts) ..4 (from (him|her|my|the|his|when (he|she))|where (he|she)|he gave|she gave|again|all over (me|my|from)|on my (neck|arms|throat|face|legs|back|body)|are where)
(covered|full) (in|of) bruises
(bruises|marks) ..3 (clothes|hide|cover|makeup)
(threw|throws|throwing|hurled) (a|the|his|her|hot|boiling|my|things|stuff) ..3 (at|on) me !(party)
threw boiling
(pulled|pointed|pointing|aimed|held|put|came at me with|threatened me with|swung|waved|shot) (a|the|his|her) ..1 (knife|gun|pistol|rifle|shotgun|bat|machete|axe|hammer|fist) (on|at|to|in|toward) [me|my (head|face|neck|throat)]
(came|coming|chase*|chasing|after|attack*) ..1 me with (a|the|his|her) ..1 (knife|gun|bat|machete|axe|hammer|belt|cane|fist*)
(threat|threats|threaten|threatens|threatened|threatening|said|says|swore|swears|going|wants|tried|trying|promised|gonna) ..3 (kill|hurt|shoot|stab|strangle|murder|burn|beat|hit|choke|drown|bury) me !(with kindness|when (he|she|they) (find|finds|see|sees)|if i (forget|eat|throw|lose|miss|cook)|for (throwing|eating|forgetting)|about|lol)
(he|she|they|husband|wife|son|dad|brother|boyfriend|bf|ex) [is|will|would|might|could|may|is going to|is gonna|says he will] ..2 (kill|strangle|murder|shoot|stab) me (if i (leave|tell|call|go|talk|say)|when he (gets|comes|finds|drinks)|one day|tonight|someday|please|if (he|she) finds out)
(is|are) going to (kill|hurt|beat|hit|murder|shoot|strangle) me !(when (she|he|they) (sees|find*|hears)|for|if i (forget|eat|lose|miss))
(scared|afraid|terrified|fear|worried) ..3 (he|she|they|husband|son|dad|brother) ..2 (will|is going to|might|may|would|could) [try to] (kill|hurt|hit|beat|murder|shoot|attack|come after|find) me
(i|i am|am|and|really|so) ..2 (scared|afraid|terrified|frightened|fearful) (of|to go home to) (him|her|my (husband|wife|boyfriend|bf|son|dad|father|brother|partner|ex|stepdad|stepfather|spouse|uncle|grandson|girlfriend|mom|mother|daughter|roommate)) !(dying|being|falling|leaving|getting|forgetting|driving|wandering|mood|doctor|bath|losing|having|not)
(scared|afraid) ..1 to go [back] home !(and find|to an empty|from the|after|alone to)
(scared|afraid) (for my life|for my safety|to be alone with him|to sleep with him|he will come back)
(fear|fearing) for my (life|safety)
i am [being|getting] ..1 (abused|beaten|beat up|battered|assaulted|molested|raped|strangled|hit by|hurt by|stalked)
being (threatened|abused|beaten|battered|hit|hurt|raped|strangled|molested|assaulted|trafficked) [by]
i (was|got|have been|am) [just] (raped|molested|assaulted|beaten|beat up|sexually abused|sexually assaulted|strangled|stabbed|attacked|punched|choked|jumped) !(by (the|my|our) (dog|cat|wave|bill)|with|as a (kid|child)|when i was|(years|a year|decades) ago|in (19*|20*))
(my|our) (partner|husband|boyfriend|ex|stepdad|father|dad|brother|uncle|son|grandpa) ..2 (raped|rapes|raping|molest*|touches|touched|gropes|fondles|abuses|abused|beats|beat up|batters|hits|hit|chokes|punches) (me|us|the kids|my) !(at|it|the|his|her head on|a|base|at|on)
(raped|rapes) me
(forces|forced|makes|made|making|forcing) me [to] (have sex|sleep with (him|her)|do (sexual|things in bed)|perform|touch)
touches me !(deeply|heart|when (he|she) says thank)
touch* me (inappropriately|down there|at night|where|sexually|when i sleep)
(abusive|violent|battering) (husband|wife|boyfriend|partner|relationship|marriage|son|father|dad|home|brother|ex|man|household|girlfriend) !((years|a year|decades) ago|in (19*|20*|the movie)|when i was|i just listened)
(husband|wife|boyfriend|bf|partner|son|dad|father|brother|mother|mom|he|she|ex) ..2 (is|gets|has been|turns|got|becoming|so|very|become|becomes) [so|very|really|physically|verbally] (abusive|violent)
(is|gets|got|turns|becomes|become) [so|very|really|physically|getting] violent !(movie|show|and bloody|film|weather|storm)
(domestic violence|domestic abuse|intimate partner violence|elder abuse|family violence) !(awareness|training|month|program|class|reporting|fundraiser|walk|hotline number for the|on the|very interesting|course)
(not|never|will not) let me (leave|out|go out|use (my|the) phone|see my (family|friends|kids)|have my (phone|money|keys)) !(early|a message|the house messy|work)
(locks|locked|locking|keeps|kept) me (in|inside|up|out|trapped|prisoner) ..3 !(the loop)
(takes|took|checks|controls|hides|smashed|smashes) my (phone|money|keys|bank card|paycheck|car keys|cell) ..6 (not let|leave|hit*|threw|kick*|hurt*|will not|so i can not)
(locked|hiding|hid|lock) ..4 (bathroom|closet|car|room|bedroom|garage) ..6 (he|she|from (him|her|my)|because|door|outside|bat|break*)
(hiding|hide|hid) from (him|her|my (husband|son|boyfriend|ex|dad|father|brother|partner))
(break*|kick*|bang*|pound*) [down|in|on] (the|my) door ..3
(trying|tries|tried) to (break|kick) [down|in] the door
(outside|at the door|in the yard) with (a|his) (bat|gun|knife|axe|hammer)
(chair|dresser|furniture|lock) ..2 (against|on|under) ..1 (my|the|bedroom) ..1 door ..6 (of|because|son|husband|he|him|brother|dad|scared|afraid|night)
restraining order !(expired|paperwork class|form)
(need|want|find|looking for|get to|where is) [a|me|us|to] ..1 [womens|domestic] (shelter|safe house|safehouse) !(cat|dog|animal|for the (storm|dog|cat))
get away from (him|her) ..4 (beats|hits|hurts|he|abus*|violent|scared)
(get away|escape|leave|run) ..4 (he|she|because he|because she) (beats|hits|hurts|will kill|abuses|chokes|strangles)
(can not|cannot|not|dangerous to) (talk|call|speak) ..6 (he is listening|listening|violent|he will hear|he hears|hit)
(comes|came|coming) for me and
(drinks|drunk|drinking|high|angry|mad|rage) ..4 (hits|hit|beats|beat|hurts|violent|comes for|chokes|chokin|choking|punches|shoves|throws) !(the (wall|table)|cards)
(burn|blow|set) ..3 (house|place|me) ..2 (with me|down with me|on fire with)
(steals|stealing|takes) ..6 (hits|shoved|shoves|hit|beat|beats|threat*)
(he|she) ..2 (kicked|kicks|dragged|threw|slammed|choked) me
| (scared|afraid|terrified) of (him|her|my (husband|boyfriend|son|ex|partner|dad|father|brother)) !(dying|being|falling|leaving|getting|forgetting|driving|wandering|mood|doctor|bath|losing|having|not)
(hit|hits|kicks|punches|beats|slaps) me ..4 (fall|sleep|floor|change|clean|bathe|feed|drunk)
(used to|used) beat me ..6 (again|last night|still|now)
i am (in danger|not safe|unsafe) (at home|here|with (him|her)|in my own home|in this house|from)
not safe (at home|in my (house|home)|in this house) !(for (her|him|mom|dad)|stairs)
he is hurting (me|us)
saw stars ..8
(listen*|watch*|track*) ..4 (my phone|my calls|everything i) ..4 (hit|violent|hurt|control*)
until i (passed out|saw stars|could not breathe|blacked out)

# -- somebody in their care is hurt --
(hit|hits|hitting|beat|beats|beating|abuse|abuses|abused|abusing|slap|slaps|slapped|slapping|molest*|rape|raped|rapes|raping|hurt|hurting|hurts|assault*|punch*|kick*|choke*|choking|strangl*|shov*|drag*|yank*|neglect*|mistreat*|restrain*|burn*|starv*) [my|our|the] [own|poor|elderly|old] (mom|mother|mama|dad|father|papa|grandma|grandmother|grandpa|grandfather|granny|brother|sister|wife|husband|aunt|uncle|son|daughter|gma|parents|grandparents|patient|client|resident|residents|nana) !(up|at (cards|checkers|chess|golf|bingo|rummy)|out of|feelings|to (it|the)|in law|head on the|with (kindness|questions)|down memory|when (she|he) falls|more than it|every time (she|he) (walks|stands|moves))
(he|she|they) (hits|is hitting|was hitting|keeps hitting|slapped|slaps|beats|is beating|was beating|abuses|is abusing) (mom|dad|grandma|grandpa|my ..1 <kin>|them) !(at|to)
(aide|nurse|staff|caregiver|cna|home|facility|orderly|worker|sitter|brother|sister|uncle|boyfriend|stepdad|cousin) ..4 (hit|hits|hitting|beat|beats|slap|slaps|slapped|slapping|abuse|abuses|abused|abusing|molest*|rape*|raped|hurt|hurting|hurts|assault*|punch*|kick*|choke*|yank*|grab*|shov*|yell* at and hit|tie|ties|tied|mistreat*|neglect*|handle rough*) (him|her|them|us|the (residents|patients)|mom|dad|grandma|grandpa|my ..1 <kin>) !(up|at (cards|checkers|chess|golf|bingo|rummy)|out|feelings|to (it|the)|with (questions|a)|a (hand|coffee|snack)|by the hand|(shoe|shoes|some|his|her (coat|shoes|hand|arm to steady))|shoes|coat|bib|scarf)
(is|are|was|were|been|being) [being|getting|sexually|physically] (abused|neglected|beaten|molested|raped|mistreated|assaulted|hit|hurt) (by|at|in|there|and|here) !(a (car|truck)|the news|storm|hail)
(sexually|physically) (assaulted|abused|abusing|assaulting|abuses)
(cigarette burns|burn marks|handprints|hand prints|finger marks|rope marks|bruises like fingers|unexplained bruises)
bruises ..6 (like fingers|fingers|inside of her|inside of his|shape|from the (aide|nurse)|nobody (can explain|explains))
(someone|somebody|they|he|she|aide|nurse|staff|i think) ..6 (is|are|been|was) ..1 (abusing|hurting|hitting|beating|molesting|raping|starving|slapping|drugging) (my|her|him|them|us|mom|dad|grandma|grandpa|our)
(yank*|grab*|jerk*|drag*|shak*) (mom|dad|her|him|grandma|grandpa) ..5 (by the (wrist|arm|hair|neck)|slap*|scream*|bruis*)
(slap|slapped|slaps|slapping) her hand and
nursing home ..4 (abus*|beat*|hit*|hurt*|neglect*|tie*)
(abuse|abusing|abused) (in|at) (the|a|her|his) (nursing home|home|facility|hospital|care home)
ties (my|our|him|her) ..2 (to|down|in)
(saw|heard|watched|caught) ..4 (choke|hit|slap|beat|punch|kick|strangle|abuse|hurt) (me|her|him|my|mom|dad|us)

# -- text: what a second author taught us --
(says|said|saying|swears|swore|screamed|texted) ..2 (he|she|they) (will|is going to|would|are going to) (kill|hurt|shoot|stab|burn) us
(shoves|slaps|punches|kicks|chokes|beats) (her|him|them) (around|when|if|in the|until|every|because|up)

# -- the questions of C-SSRS and IPT, put more generally --
bruises ..4 (finger*|hands|handprint*|grip)
tied (down|to (the|a|his|her) (bed|chair|wheelchair|toilet))
(cigarette|iron|rope) burns on
(locks|locked|locking|shut|shuts) (me|us) (in|up|out in) !(the car by)
(forces|forced|forcing|makes) me to have (sex|intercourse)
(came|comes|coming|lunged) at me with (a|the|an)
(takes|took|taken|hides) (away|my) ..1 (phone|keys|wallet|id) ..4 (leave|call|hits|control|go out)
not let me (leave|out of|see my|call|talk to) ..2 (house|home|family|anyone|friends|without)
(not|never) feel safe (at home|in my [own] (home|house)|around (him|husband)|with my husband)
(is|been|keeps|staff|aide|nurse) (touching|molesting|abusing|hurting|hitting|beating|slapping) (my|our) ..2 (<kin>)
(hiding) ..3 (closet|bathroom|garage|car) ..6 (he is|from him|from her|beating|yelling|drunk)
"""

ES = """
me (pega|pego|pegan|pegaba anoche|golpea|golpeo|golpia|golpean|golpeado|maltrata|maltrato|viola|violo|violan|violaron|patea|pateo|cachetea|cacheteo|empujo|empuja|ahorca|ahorco|ahoga|estrangula|avento|avienta|jala|quema|quemo|muerde|mordio|acuchillo|apunto|apunta|jalonea|zarandea|abusa|ataca|ataco|rompio|quebro|corretea|pellizca|agredio|agrede) !(el sol|un|la (gana|risa|cara de)|una (risa|hambre|llamada|idea)|hambre|las ganas|mucho la|con la noticia|la idea|de risa|la atencion|un hambre)
me (esta|estan|estaba|sigue|anda) (pegando|golpeando|maltratando|ahorcando|violando|amenazando|lastimando|siguiendo)
me (ha|han|hayan|haya) (pegado|golpeado|violado|maltratado|lastimado)
me (ha|han) amenazado
me (amenaza|amenazo|amenazado|amenaso|amenazan) [con] [matarme|pegarme|golpearme|hacerme dano|quitarme]
me (va|vaya|quiere|puede|iba) a (matar|pegar|golpear|lastimar|hacer dano) !(mi (hermana|mama|jefe) cuando|cuando (vea|sepa|se entere)|de (risa|hambre)|jaja)
me quiere (matar|pegar|golpear|lastimar)
me mata si (lo dejo|me voy|hablo|digo|la dejo|se entera)
me (agarro|agarra|tomo|apreto|aprieta) ..2 (del|por el|de los|el) (cuello|pelo|pelos|brazo|garganta)
me (tiro|avento|tira) (al|a el|contra|por|de) ..1 (piso|suelo|pared|escaleras|la pared|cocina)
me (dio|da|dieron) ..2 (golpiza|cachetada|cachetadas|patadas|paliza|bofetada|punetazo|golpes|golpe|madriza)
me (dejo|puso|deja) ..2 (ojo morado|morad*|moretones|moretes|marcas)
(ojo|ojos) morado
(moretones|moretes|moreton|golpes) ..6 (culpa|por el|me pego|cuerpo|marido|esposo)
me (obliga|fuerza|forza|obligo) a (tener|acostarme|hacer)
me (toca|manosea|toco) |
(padrastro|padre|tio|abuelo|papa|primo|hermano|hijo) me (toca|toco|manosea)
me (quita|quito|revisa) ..4 (celular|telefono|tarjeta|dinero) ..6 (pega|salir|golpea|tiro|no me deja)
no me deja (salir|ir|hablar|ver a)
(miedo|temor) ..2 (a|de) (mi (esposo|marido|pareja|novio|hijo|papa|padre|hermano|ex|suegro|padrastro|nieto)|el|ella) !(se (muera|caiga|pierda)|quirofano|que|dentista|cancer|doctor)
(le tengo|tengo|siento) [mucho|tanto] miedo a (mi|el)
miedo ..3 (me (pegue|mate|golpee|lastime|haga algo|haga dano))
(victima|sufro|vivo|sufriendo) ..3 (violencia|maltrato|abuso|golpes)
violencia (domestica|intrafamiliar|familiar) !(taller|platica|curso)
(se pone|es|se vuelve|esta) [muy] (violento|violenta|agresivo conmigo|agresiva conmigo|golpeador)
(encerrad*|escondid*) ..6 (bano|cuarto|closet|puerta|carro) ..6 (puerta|tumbar|el|entrar|porque)
(tumbar|tirar|patear|romper) la puerta
(le pega|le pegan|golpea|golpean|golpeo|maltrata|maltratan|maltratando|abusa de|abusan de|viola a|le grita y le pega|lastima|lastiman|avienta|cachetea) ..1 (a|a la|al|mi|los|la|el) ..1 (mi|mama|papa|abuela|abuelo|madre|padre|hermano|hermana|hijo|hija|tia|tio|residentes|ancianos|viejitos|ama|abue|suegra|suegro|esposo|esposa|senora|paciente)
(abusan|abusa|abusaron) de (mi|ella|el|mis)
(asilo|cuidadora|enfermera|enfermero|casa de reposo|hospicio|residencia|personal) ..4 (maltrat*|golpe*|peg*|abus*|lastim*|amarr*)
(maltratan|maltratando|golpean|abusando) ..2 (asilo|ella|el|mi)
(necesito|busco|donde hay|quiero) ..3 (refugio|albergue) !(para (perros|gatos|el perro))
(apunto|amenazo|ataco|correteo) ..2 con ..2 (pistola|cuchillo|arma|navaja|machete|bate)
(violo|violaron|violado|violada|abusada|golpeada) [por]  !(la ley|el contrato|mi contrasena)
"""
