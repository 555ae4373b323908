"""The writer fears to hurt, wants to hurt or has hurt somebody, most often the one they care for."""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
# -- wanting, intending, fearing --
i (am|will|might|may|could|would|want|wanted|need|have|feel|swear|think|keep|almost|nearly|just|really|can|am so angry i|am going|should|wish) ..6 (<hurt>) (<them>) !(up (with|about|when)|feelings|a (text|line|call|message)|at (cards|checkers|chess|golf|bingo|rummy)|lol|with (a (hug|kiss)|kindness|questions|love)|to (it|the)|if (he|she) asks about the remote)
(want|wants|wanting|going|urge|tempted|about|plan|planning|trying|ready|like|feel like|thinking|thought|thoughts|think|thinkin|threat) (to|of|about) [just|really] (<hurt>|<hurting>) [the hell out of|the crap out of] (<them>) !(up|feelings|a (text|line|call|message)|at (cards|checkers|chess|golf|bingo|rummy)|with (a (hug|kiss)|kindness|questions))
<desire> [to] ..2 (<hurt>|<hurting>) (<them>) !(feelings|up|a (text|line|call))
(thoughts|thought|thinking|think|fantasies|fantasize|fantasizing|urge|urges|dream|dreams|dreaming|imagining|imagine|images|idea|visions) (of|about|to|that i) ..1 (<hurting>|<hurt>|pushing|throwing|shaking) (<them>)
(keep|kept|been) (imagining|thinking about|picturing|fantasizing about) (<hurting>) (<them>)
(afraid|scared|worried|terrified|fear|frightened|know) [that] i (will|might|may|am going to|could|would|am about to|can) ..3 (<hurt>|do something|snap|lose it|lose control|shake|push|throw) !(my (keys|place|job|house|mind|temper)|the (house|job)|myself|again)
(afraid|scared|terrified) ..2 of what i (will|might|may|could|would|am going to) ..2 do [to (<them>)] !(without|when (she|he)|if (she|he))
(what i|something i|anything i) (might|may|could|will) ..1 do to (<them>)
(do|doing|did) something to (<them>) !(drink|eat|do|wear|read|help)
(something|anything|a thing) to (my <kin>|<kin>|him|her) i (can not|could not|will not) (take back|undo)
going to (kill|hurt|murder|strangle|smother|choke|stab|shoot) (<them>) !(with kindness)
(kill|murder|strangle|smother|stab|shoot) (<them>) (in (his|her) sleep|if|with|tonight|and|before|i swear|i mean|for real|right now) !(lol|kindness)
going to kill (him|her|them|my <kin>)
| (want|going|about|need) to (<hurt>) (<them>)
| (kill|hurt|killing|hurting) (him|her) |
i will (kill|hurt|strangle|smother|stab) (<them>)
if (he|she|they) ..5 again i will (kill|hurt|hit|strangle) (<them>)
(lose|losing) (it|control) and (<hurt>) ..2
(snap|snapping) and (<hurt>|do) ..2
(lose it|lose control|snap|explode) ..3 (on (<them>)|hurt*|hit*|kill*)
(about to|going to|gonna) (hurt|kill|hit|beat) (somebody|someone|people|everyone|the next)
not (safe|trust myself|trust me) ..4 (with|around|alone with|near|be alone with) (him|her|them|my <kin>|mom|dad)
not trust myself ..3 (go back inside|with (him|her)|around (him|her)|near (him|her)|alone with)
not feel safe [being] alone with (my <kin>|him|her) because i
(because|that) i might (hurt|hit|kill) (<them>)
(hands|hand) [were|was|are] (around|on|at|near|round) (his|her|their|my <kin>) (neck|throat)
(stop|keep|help) (hitting|hurting|slapping|pinching|shoving|beating|punching) (<them>)
(stop|keep) myself from (hitting|hurting|slapping|shoving|beating|killing|strangling)
i (mean it|really mean it) ..5 (kill|hurt)
(want|wanted|like|going) to make (him|her|them) (suffer|pay|hurt|feel (pain|what))
(take|taking) (him|her|them|the kids|my <kin>|everyone) with me !(to|when i (move|travel|shop)|on|in|into|shopping|for|everywhere|next)
(him|her) [first] and then (me|myself)
give (us both|both of us)
(both of us|us both|the both of us) the (pills|morphine|insulin)
kill [us] both (of us|him|her|them)
(stop|what stops) me from ..2 (<hurting>)
poison* (<them>|(his|her) (food|drink|soup|coffee|tea))
(put|putting|slip|slipping) (something|poison|bleach|pills) in (his|her|their) (food|drink|coffee|soup|tea|oatmeal)
(end|finish) (him|her) (tonight|off|myself)
<blade> ..6 (he|she) is in the next room
(bat|gun|knife|pan|hammer|belt|iron) ..6 (bringing it down|on (his|her) head|hit (him|her)|use it on|kill (him|her))
(pan|hammer|bat|lamp|bottle|iron) ..8 (down on|over|at) (his|her) head
(so angry|so mad|rage|furious) ..6 (hurt|hit|kill) (<them>)
sick of (him|her) ..3 (kill|hurt|end)
(wish|hope|want) (he|she|him|her) ..4 by my hand*

(push|shove|roll|wheel|let) (her|his|the) (wheelchair|chair|walker) ..2 (into|off|down|over) (the|a) (road|street|traffic|stairs|river|lake|steps|pool|train*|tracks)

# -- having done it --
i ..3 (<did-hurt>) (him|her|them|my <kin>|my [own|poor|little|elderly|old] <kin>|<kin>|grandma|my ..2 <kin>) !(up|with (a (hug|kiss|question|ton)|questions|the news)|to (it|the)|at (cards|checkers|chess|golf|bingo|rummy|scrabble|dominoes)|feelings|out|a (text|line|call|message)|off|today (lifting|moving)|by accident (shaving|trimming)|when cutting|nails|hair|head (massage)|back (scratch))
(i|and|then|so) ..2 (<did-hurt>|pushed|shoved|shook|threw|grabbed|dragged|twisted|squeezed|yanked|slammed|kneed) (him|her|them|my <kin>) ..6 (fell|down|hard|bruis*|mark|marks|blood|bleed*|screamed|yelled|cried|face|head|wall|floor|arm|so hard|hurt|until|throat|hair|stairs|bed)
(i|and|just) ..3 (slapped|punched|choked|strangled|smacked|kicked|spanked|smothered) (<them>)
(i|and) ..1 (shoved|shook) (him|her|them|my <kin>) !(hand|hands|awake|gently|pills|bottle|pillow|blanket)
shaking (him|her|grandma|grandpa|mom|dad|my <kin>) !(hands|hand)
i ..3 pushed (him|her|my <kin>) ..2 (down|over|off|into|away hard|and|against|back hard|on the|onto) !(in (his|her) (chair|wheelchair)|to the (store|park|doctor)|the hall|to|took)
i (push|pushd|shove|shovin|keep shoving|pinch|hit|slap|beat|kick|punch|tie|lock|choke|hurt) (him|her|them|my <kin>) !(up|at (cards|checkers|chess|golf|bingo|rummy)|to (it|the)|with|wheelchair|around|for|into (his|her) (chair|bed)|(to|in) the)
(keep|kept|been|started|stop|start|am) (shoving|hitting|pinching|slapping|hurting|beating|punching|kicking|choking) (him|her|them|my <kin>|<kin>) !(up|at (cards|checkers|chess))
i (threw|throw) ..4 at (him|her|my <kin>|my [old|own] <kin>|dad|mom) !(party|birthday|to)
threw (her|him) (onto|on|into|against|to|across|down)
(hit|slapped|punched|kicked|beat|shoved) (him|her) ..3 (more than once|again and again|in the (face|head|stomach|mouth)|across the face|with (the|a|my) (hairbrush|belt|cane|spoon|brush|remote|fist|shoe|pan)|and i|and he|and she)
(had|held|put|placing|hold|press*|holding|stand*|nearly put|almost put) ..3 (the|a) pillow ..4 (over|on|against|to) (him|her|his|their|(my|the) <kin>)
stand* over ..3 pillow
pillow (over|on|against) (his|her|their) (face|head|mouth)
over (the|her|his) bed with (the|a) pillow
(smother|suffocate|strangle|drown|choke) (<them>)
(drowned|drowning|drown) (him|her) ..2 (in|bath|tub)
(held|hold|holding|pushed|kept) (his|her) (head|face) (under|in|into|down)
(grabbed|dragged|pulled|yanked) (him|her|mom|dad|my <kin>) (by (the|her|his) (hair|arm|wrist|neck|throat|ear|collar)|so hard|hard)
grabbed (her|his) (wrist|arm|hair|neck|throat|shoulders) ..2 (so|hard|and|until|too)
(twist*|squeez*) ..4 (until|so hard) ..2 (yelled|screamed|cried|hurt|mark)
(gave|give|giving|slipped) (him|her|them|mom|dad|my <kin>|grandma|grandpa) ..2 (extra|too many|too much|double|all|more|the whole|a bunch) ..5 <meds> ..8 (shut|quiet|stop|sleep|hoping|so|end|at once|die|knock)
(doubled|tripled) (his|her) ..3 (hoping|so (he|she)|wake|die|end)
going to give (him|her) all
all the (morphine|insulin|pills|fentanyl) at once
not (giving|give|gave) (him|her) ..3 (insulin|meds|medicine|food|water|pills|oxygen) so
(stopped|stop|quit|not|not been) (feeding|giving (him|her) (food|water|insulin)|changing|bathing) (him|her|them|my <kin>) ..6 (end|over|die|days|want|on purpose|punish)
(withhold*|withheld) ..2 (food|water|meds|medicine|insulin)
(locked|lock|locking) (him|her|them|mom|dad|my <kin>) (in|up|out|inside) !(the house (safe|so he does not wander)|so (he|she) does not wander|for safety|side)
(tie|tied|tying|strap|strapped|restrain*|chain*) (him|her|them|mom|dad|my <kin>|(his|her) (hands|arms|wrists)) ..1 (to|down|in|up|at) !(shoes|a scarf)
left (him|her|them|mom|dad|my <kin>) ..4 (on purpose|hot car|all day|alone all|to punish|in (his|her) [own] (mess|filth)|outside in the)
(hurt|burned|burnt|scald*|starv*|bruis*|injur*|tripped) (him|her|them|my <kin>) ..2 (on purpose|purposely|intentionally|and i liked)
(his|her) mouth open and hurt
forced (his|her) mouth
(feel|feeling|get|getting|got|be|become) violent (toward*|with|to|against) (<them>)
(violent|murderous|homicidal) (thoughts|urges|feelings|rage)
homicidal
i (hit|slapped|hurt|punched|shoved|choked|kicked|bit) (him|her) |
i could have (killed|hurt) (him|her) ..3 (meant|wanted|hands)
is it (a crime|wrong|abuse|normal) (if|that) i (hit|slap|hurt|push|shove|want to (hit|hurt))
felt good ..4 (hurt|hit|twist*|yell*)
hit (him|her|them) again |

# -- the questions of C-SSRS and IPT, put more generally --
i (shook|grabbed|squeezed|yanked|twisted|shoved|pushed|jerked|dragged) (<them>|(his|her) (arm|wrist|hand|hair)) ..2 (so hard|hard|until|till|down|and (he|she) fell)
i (shoved|pushed) (<them>) and
i held (his|her|<kin>) (head|hand|face|arm|mouth) ..1 (under|on the (stove|burner)|on it|shut)
(extra|too much|too many|double|doubled|whole bottle) ..5 (on purpose|so (he|she) (will|does)|enough so|not wake up|never wakes|to end it for (him|her))
(much|many) ..8 (for|to make|so) (him|her|mom|dad) [to] (not|never|does not) wake
(would|will|could|can) (they|anyone|anybody|the (police|cops|coroner|doctor)) (know|tell|find out|suspect) if i
(letting|let) go of (his|her|the) (wheelchair|chair) ..4 (hill|stairs|road|ramp|traffic)
i threw ..4 at (his|her|<kin>) (head|face)
stood over (his|her|him) ..2 (bed|knife|pillow|with)
pillow ..3 (his|her|<kin>) face
(tied|tie) (him|her|<kin>) to (the|a|his|her)
(about to|going to|was going to) (beat|hit|hurt|slap|shake) (him|her|<them>)
"""

ES = """
<quiero> ..1 (matarlo|matarla|matarlos|lastimarlo|lastimarla|golpearlo|golpearla|pegarle|ahogarlo|ahogarla|ahorcarlo|ahorcarla|asfixiarlo|envenenarlo|envenenarla|hacerle dano|hacerle algo|danarlo|estrangularlo|estrangularla|empujarlo|empujarla|hacerle mal|darle una golpiza|acuchillarlo|ahogarle|lastimarle|desquitarme con) !(una (llamada|calcomania)|de (risa|carino))
<quiero> ..1 (matar|lastimar|golpear|ahorcar|ahogar|envenenar|estrangular|pegarle|hacerle dano) a (mi|el|ella|la|su|alguien|mis|todos|un|una|ese|esa)
(lo|la|los|le) (voy a|quiero|quisiera|vaya a|puedo|podria|iba a) [a] (matar|ahogar|lastimar|golpear|pegar|ahorcar|envenenar|estrangular|hacer dano|asfixiar|empujar|hacer algo) !(una calcomania|un (grito|telefonazo)|al gordo)
miedo (lastimar|golpear|matar|hacerle dano) a
(miedo|temo|tengo miedo) ..2 (de|a|que) ..2 (hacerle dano|lastimarlo|lastimarla|pegarle|matarlo|matarla|hacerle algo|hacerle|golpearlo|perder el control|lastimar a)
no quiero ..3 pero ..3 (lo voy a|la voy a)
(no me siento segur*|no confio en mi) ..3 (con (el|ella)|sola|solo|cerca)
(pensamientos|ganas|impulsos|ideas|deseos) de (lastimarlo|lastimarla|matarlo|matarla|golpearlo|golpearla|pegarle|hacerle dano|ahogarlo|ahogarla|ahorcarlo|ahorcarla|empujarlo|empujarla|estrangularlo|estrangularla|desquitarme|(lastimar|matar|golpear|ahogar|empujar) a) !(a mi mism*|el tiempo|el hambre)
ganas de (matarla|matarlo|pegarle|ahorcarlo|ahorcarla|golpearlo|golpearla|lastimarlo|lastimarla|empujarla|empujarlo)
si quiero lastimar a
le (pegue|pege|pego|pegaba|di) ..1 (a mi|a la|a el|una cachetada|una bofetada|un golpe|una nalgada|un punetazo|cachetadas|golpes|en la cara|otra vez|muy fuerte|con)
le (pegue|pege) !(una|un|al|la|el)
| le pegue |
(la|lo|los) (golpee|empuje|cachetee|pellizco|pellizque|pateo|patee|sacudi|sacudo|jalonee|azote|abofetee|ahorque|queme|maltrato|maltrate|lastime|amarro|amarre|amarramos|deje encerrad*|encerre|encierro|avente|tire|tiro|mordi|estrangule)
golpee a mi
(empuje|pellizque|cachetee|jale|sacudi|golpee|abofetee|patee|lastime|mordi|amarre|encerre) a mi
le (jale|jalo) ..2 (pelo|pelos|cabello|oreja|brazo)
le (agarre|torci|aprete|apreto|aprieto) ..2 (brazo|cuello|mano|muneca) ..4 (fuerte|torci|chillo|grito|lloro|moreton|solte|hasta|morad*)
(aprete|apreto) el cuello
(se lo|se la) torci
(la|una) almohada ..3 (en la cara|encima|sobre su cara|facil|pienso)
(con la almohada) ..3 (pienso|facil)
(pense|pienso|he pensado) en (envenenarlo|envenenarla|ahogarlo|ahogarla|matarlo|matarla|empujarlo|empujarla|ahorcarlo|ahorcarla|asfixiarlo|asfixiarla|darle todas|lastimarlo|lastimarla|(matar|lastimar|golpear|ahogar) a)
(darle|dar|le di|le doy) ..2 (toda la|todas las|de mas|doble|de sobra) ..2 (morfina|pastillas|insulina|medicina|gotas) ..6
(pastillas|medicina|gotas) de mas ..4 (callara|durmiera|calle|duerma)
(deje|dejo|dejado|dejar) de (darle|dar) (de comer|comida|agua|la medicina|insulina)
no le doy ..3 (para que|por coraje|de comer)
(perdi|pierdo|perder) el control y (lo|la|le)
me (la|lo) llevo conmigo cuando me (mate|vaya de este)
(tengo|agarre) ..2 (cuchillo|pistola|bate) ..5 (matar*|matarlo|matarla|el|ella)
(la|lo) (quiero|voy a) matar ..3 (broma|serio|juro|noche|dormid*)
"""
