"""Ways of typing a word on a phone, and the word: SMS spellings and the commonest misspellings."""

# ruff: noqa: E501  (a list of words is read as one line)

from __future__ import annotations


def _table(lines: str) -> dict[str, str]:
    """From lines of "written | written = meant"."""
    made: dict[str, str] = {}
    for line in lines.strip().splitlines():
        written, _, meant = line.partition(" = ")
        made |= dict.fromkeys(written.split(), meant)
    return made


SPELLINGS = _table("""
u yu = you
ur youre yure = your
r = are
b = be
n nd = and
w wit wid = with
2 = to
4 = for
im imm iam = i am
ill = i will
ive i've = i have
id i'd = i would
imma ima ima = i am going to
ion = i do not
wanna wana wnna whanna = want to
gonna gunna gona gna gunn finna = going to
goin goign gon = going to
bout abt = about
tryna = trying to
gotta = have to
hafta = have to
wnt watn wnat wan whant wamt wnats = want
whants wnts = wants
hav hve = have
havin haveing = having
cant cnt = can not
dont dnt donot = do not
didnt = did not
doesnt dosnt = does not
wont = will not
isnt = is not
wasnt = was not
werent = were not
arent = are not
aint = is not
havent = have not
hasnt = has not
hadnt = had not
wouldnt wuldnt wudnt woudnt = would not
couldnt cudnt = could not
shouldnt shudnt = should not
shes = she is
hes = he is
theyre = they are
theyd = they would
theyll = they will
youll = you will
hed = he would
whats wats wuts = what is
thats = that is
theres = there is
wud wuld woud wold wld = would
cud culd = could
shud = should
wat wut = what
wen = when
dat = that
bc cuz cus coz becuz cause bcuz = because
rn = right now
idc = i do not care
idk = i do not know
idgaf = i do not care
jus jst juss = just
rly rlly realy = really
plz pls plss = please
ppl = people
pt = point
no1 noone nobdy = no one
every1 everyl = everyone
some1 sum1 sumone = someone
any1 = anyone
nemore anymor anymroe anymre nomore nomor = anymore
2nite tonite 2night tnite tonigt = tonight
2day = today
2moro 2morrow tmrw tmr tomorow tommorow tommorrow tomoro = tomorrow
4ever foreva 4eva = forever
alot = a lot
wo = without
witout wihout = without
bak = back
wuz wus = was
wer = where
kno = know
stil = still
agn agin agian = again
lfie lief lyfe = life
lif = life
kil kll kiil kiill = kill
kms = kill myself
kys = kill yourself
mysef myslf mysefl myslef mself meself = myself
himslef himslf hisself hisslef = himself
herslef = herself
dye dei diee = die
dieing dyeing = dying
ded = dead
sh = self harm
suicidle suacidal suisidal suicial = suicidal
suiside suicde sucide suicid sewicide suicidee = suicide
sucidal sucidle = suicidal
unaliving = unalive
alvie aliv = alive
liveing livin = living
worht = worth
piont = point
tierd tird = tired
exsist exhist = exist
dissapear dissappear disapear disappeaar = disappear
dissapeared disapeared dissappeared = disappeared
burdon burdin = burden
pilz = pills
thots thotz = thoughts
thinkng thinkin thinkn = thinking
tryed = tried
cutt = cut
hart = heart
chocking chokin = choking
chocked = choked
sezure seisure siezure = seizure
breathin breathign = breathing
colapsed collasped = collapsed
uncouncious unconcious unconsious unconcsious = unconscious
slurrin slured = slurred
droopin = drooping
oded ods = overdosed
od oding = overdose
overdosd = overdosed
husban husbend hubby hubbie = husband
mothr = mother
farther = father
borther brotha bruther = brother
famly fam = family
gma gramma grama = grandma
gpa grampa = grandpa
punchd = punched
pushd = pushed
strangel = strangle
thretened threatend = threatened
abusd = abused
fase = face
bein = being
sayin = saying
siad sed = said
beter betr = better
wether = whether
ther = there
nuthin nothin nothign = nothing
sumthin = something
sleepin = sleeping
txt = text
txting txtin = texting
txted = texted
k q qe = que
kiero qiero qero quero kero kierro = quiero
qisiera kisiera quiciera = quisiera
boi = voy
kiere qiere kere = quiere
quieroo = quiero
jumpp = jump
bida = vida
bivir bibir = vivir
matr = matar
kitar = quitar
kitarme qitarme = quitarme
akabar = acabar
aki aqi = aqui
toy stoy = estoy
ta = esta
tngo tengp = tengo
xq pq porq xk = porque
x = por
xfa porfa xfavor = por favor
d = de
m = me
dise dize = dice
ermano = hermano
ermana = hermana
ijo = hijo
ija = hija
muetra = muerta
muertaa = muerta
aser acer = hacer
aserle acerle = hacerle
sige = sigue
pege = pegue
otraves = otra vez
ves = vez
venas benas = venas
abla = habla
dspierta = despierta
nesesito = necesito
desapareser desaparecerr = desaparecer
megor mejro = mejor
beo = veo
estubiera = estuviera
avuela = abuela
suisidarme suicidarmee suiciderme = suicidarme
suicdarme = suicidarme
suicdio suisidio = suicidio
""")

SPELLINGS |= {
    verb.removesuffix("g"): verb
    for verb in (
        "abusing asking beating begging bleeding breathing burning choking coming crying cutting doing dropping "
        "drooping drowning dying ending fading falling feeling getting giving gasping going hanging hating having hitting "
        "hurting jumping kicking killing laughing leaving living losing making planning playing praying pulling "
        "punching pushing putting saving saying scratching screaming shaking shooting shoving sitting slapping "
        "sleeping slurring slipping smothering standing staring starving stabbing strangling suffering swallowing "
        "taking talking telling thinking throwing threatening touching trying turning vomiting waiting waking "
        "walking wanting wishing yelling counting holding hiding hoping wondering existing disappearing using writing stopping shutting seizing eating buying "
        "driving finding researching swerving slumping"
    ).split()
}
"""Without the last g, as it is spoken."""

CONFUSABLE = (
    "myself himself herself suicide suicidal overdose overdosed disappear disappeared unconscious breathing "
    "unresponsive convulsing strangle strangled seizure swallowed threatened threaten threatens husband "
    "anymore tomorrow without worthless pointless burden suicidarme suicidarse suicidio matarme matarse "
    "morirme morirse quitarme quitarse desaparecer despertar despierte despierta pastillas inconsciente "
    "convulsionando sobredosis infarto lastimarlo lastimarla lastimarme"
).split()
"""Long words that a rule needs: one letter left out, put in, exchanged or swapped with its neighbour,
though never the first, is forgiven."""

UNMISTAKABLE = (
    "overdone buried matarte matarlo matarla morirte despierto despiertan despiertas despertara quitarle "
    "quitarte quitarlo quitarla straggled husbands burdens suicido suicida suicidas suicidan suicidaron"
    " suicidar"
).split()
"""Words that are one slip from such a word and mean themselves."""

EMOJI = {
    "🔫": " gun ",
    "🔪": " knife ",
    "🗡": " knife ",
    "💊": " pills ",
    "🩸": " blood ",
    "😂": " lol ",
    "🤣": " lol ",
    "😹": " lol ",
}
"""The few that a rule reads; every other one parts words like a space."""

LAUGHTER = "lol lmao lmfao rofl haha hahaha hahahaha hehe jaja jajaja jajajaja lool"
