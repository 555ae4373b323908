"""Words that many phrases share, by the name under which the tables use them."""

# ruff: noqa: E501  (a list of words is read as one line)

from __future__ import annotations

WORDS = {
    # -- English ------------------------------------------------------------------------------
    "want": (
        "want to|wants to|wanted to|wanting to|going to|need to|ready to|about to|plan to|planning to|decided to"
        "|intend to|intending to|trying to|tried to|try to|tempted to|urge to|courage to|guts to|nerve to|brave enough to"
        "|like to|love to|rather|have to|supposed to|will|would|could|might|may|should|let me|i|just"
        "|thinking of|thinking about|think of|think about|thought of|thought about|thoughts of|thoughts about"
        "|considering|contemplating|considered|contemplated|fantasize about|fantasizing about|dream of|dream about"
        "|dreaming of|dreaming about|imagine|imagining|idea of|feel like|feeling like|plan on|planning on|planning"
    ),
    "desire": (
        "want to|wanted to|wanting to|need to|ready to|about to|plan to|planning to|decided to|going to|intend to|trying to"
        "|tempted to|urge to|courage to|guts to|nerve to|rather|would like to|would love to|wish i could|could just|might just"
        "|thinking of|thinking about|think of|think about|thought of|thought about|thoughts of|thoughts about|considering"
        "|contemplating|considered|fantasize about|fantasizing about|dream of|dream about|feel like|feeling like|planning|plan on"
    ),
    "kin": (
        "mom|mum|mommy|momma|mama|mother|ma|dad|daddy|father|papa|pop|pops|pa|husband|hubby|wife|spouse|partner|fiance|fiancee"
        "|boyfriend|bf|girlfriend|gf|son|daughter|kid|child|teenager|teen|brother|bro|sister|sis|grandma|granny|grandmother|gma"
        "|nana|grandpa|grandfather|gpa|grandad|granddad|grandson|granddaughter|aunt|auntie|uncle|cousin|nephew|niece|friend|roommate|neighbor"
        "|stepdad|stepmom|stepfather|stepmother|stepson|in law|mil|fil|ex|ex husband|ex wife|patient|client|resident|loved one|baby"
    ),
    "person": "he|she|they|<kin>|lady|law",
    "alguien": "ella|ellos|<familia>",
    "other": "he|she|they|him|her|them|his|their|we|us|mom|mother|dad|father|husband|wife|brother|sister|son|daughter|kids|dog|cat|someone|somebody|mama|papa|madre|padre|esposo|esposa|hijo|hija|abuela|abuelo|ella|perro|gato",
    "them": "him|her|them|someone|somebody|people|everyone|the (person|one|man|woman|lady|patient|client)|(my|our) [own|old|little|big|poor|step] (<kin>)|<kin>",
    "themself": "himself|herself|themself|themselves|him self|her self|them self|hisself|it all|his life|her life|their life|his own life|her own life|their own life",
    "says": (
        "say|says|said|saying|told|tells|telling|keeps|kept|talk|talks|talking|talked|threatens|threatening|threatened|threaten|insists"
        "|begs|begged|begging|whispered|whispers|texted|texting|posted|asks|asked|asking|prays|praying|prayed|hopes|hoping|wishes|wished"
        "|thinks|believes|swears|swore|mentioned|mumbles|cries|cried|screams|admitted|thinking|feels"
    ),
    "meds": (
        "pill|pills|pastillas|med|meds|medicine|medicines|medication|medications|tablets|morphine|oxy|oxycodone|oxycontin|percocet"
        "|vicodin|fentanyl|insulin|xanax|ambien|valium|ativan|klonopin|lorazepam|tylenol|aspirin|advil|ibuprofen|sleeping pills|opioids"
        "|painkillers|antidepressants|benadryl|heart pills|patches|vodka"
    ),
    "i-may-have": "[ok|okay|help|please|hi|hey|so|um|guys] (i|i think i|i have|i think i have|i may have|i might have) [just|accidentally|already]",
    "help-now": "help|please|now|tonight|today|last night|this morning|what do i do|what should i do",
    "gun": "gun|guns|pistol|handgun|revolver|shotgun|rifle|weapon|glock|firearm",
    "blade": "knife|knives|razor|razors|blade|blades|scissors|box cutter|scalpel",
    "vehicle": "truck|car|bus|train|semi|van|subway",
    "death-talk": (
        "(kill|killing|hang|hanging|shoot|shooting|drown|drowning|harm|harming|hurt|hurting|end|ending|starve|stab|cut|cutting|take|taking|gas|off) (<themself>)"
        "|(not want|wants not|never want|does not wanna|do not want) ..3 (live|be here|be alive|wake up|go on|exist|do this anymore|be around|keep going|life) !(at|in|with|here|there|on|near|alone|at the|in (a|the) (home|nursing|facility|hospital))"
        "|(let me|let him|let her) die"
        "|(better off|happier|better) (dead|without (him|her|them)|if (he|she|they) (was|were) (dead|gone))"
        "|(burden) ..6 (die|dead|end it|gone|disappear|better off|kill*)"
        "|(wishes|wish|wished|hopes|hope|prays|would rather|rather|pray) ..5 (dead|die|died|not wake|not to wake|does not wake|never wake|take (him|her|me)|takes (him|her)|was not here|never born|gone|be gone) !(at home|in (his|her) [own] (bed|house))"
        "|nothing [left] to live for"
        "|(no|not a|not any) (reason|point) ..3 (live|living|go on|be alive|being alive)|what is the point ..2 (living|life|going on)"
        "|(tired|sick|done|finished|through) (of|with) (living|life|being alive|it all) !(in|with|at|here|there|alone|out)"
        "|(life|living) is not worth|not worth living"
        "|(will not|not) (be (here|around|alive)|see|live to see|make it to) (by|tomorrow|next|spring|christmas|much longer|summer|winter|long|another)"
    ),
    "now": "tonight|today|now|right now|tomorrow|soon|this time|for good|forever|once and for all",
    "dead": "dead|gone|not here|not around|not alive|not in the picture|not in (it|this world)|no longer here|out of the (way|picture)|six feet under",
    "nobody": "nobody|no one|noone|not a soul|none of them|not one person",
    "everybody": "everyone|everybody|they|we|you all|family|kids|children|husband|wife|mom|dad|son|daughter|he|she|world|people|all|others|it|things|life",
    "hurt": "kill|hurt|harm|hit|smother|choke|strangle|poison|stab|shoot|beat|slap|punch|drown|suffocate|kick|attack|murder|injure|bash|burn|throttle|overdose|end",
    "hurting": "killing|hurting|harming|hitting|smothering|choking|strangling|poisoning|stabbing|shooting|beating|slapping|punching|drowning|suffocating|kicking|attacking|murdering|injuring|burning|pushing|overdosing",
    "did-hurt": "hit|slapped|punched|choked|strangled|smacked|kicked|beat|shoved|spanked|bit|burned|burnt|hurt|bruised|struck|attacked|stabbed|scratched|pinched|smothered|whacked|backhanded",
    "adverb": "just|really|do|only|still|also|actually|honestly|almost|nearly|finally|never|already|even|so|have|had|keep|kept|always|sometimes|literally|accidentally|again|lost it and|lost control and|snapped and|ever|fully",
    "face": "face|mouth|nose|head",
    "number": "one|two|three|four|five|six|seven|eight|nine|ten|many|few|several|some|couple [of]|twenty|thirty|forty|1*|2*|3*|4*|5*|6*|7*|8*|9*",
    "year": "19*|20*",
    # -- Spanish (without accents, as normalised) ----------------------------------------------
    "quiero": (
        "quiero|quisiera|queria|quise|deseo|pienso|pienso en|pensado en|pensando en|pienso mucho en|voy a|vaya a|vamos a|iba a|puedo|podria"
        "|tengo ganas de|siento ganas de|ganas de|con ganas de|prefiero|preferiria|necesito|planeo|trate de|intente|intentado|intento|decidi|decidido"
        "|me dan ganas de|me gustaria|estoy por|a punto de|pense en|he pensado en|me imagino|listo para|lista para|miedo de|valor para|valor de|idea de"
    ),
    "familia": (
        "mama|mami|madre|papa|papi|padre|jefa|jefe|esposo|esposa|marido|mujer|pareja|novio|novia|hijo|hija|nino|nina|nieto|nieta|hermano|hermana"
        "|abuelo|abuela|abue|abuelito|abuelita|tio|tia|primo|prima|suegro|suegra|sobrino|sobrina|amigo|amiga|ma|pa|apa|ama|viejo|viejita|viejito"
        "|padrastro|madrastra|paciente|senora|senor|ex"
    ),
    "pastillas": "pastilla|pastillas|medicina|medicinas|medicamento|medicamentos|pildoras|tabletas|insulina|morfina|frasco|frascos|tylenol",
}
