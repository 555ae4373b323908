"""Said plainly: taken for a crisis whatever else the text holds (crisis.py).

Only what nobody says in passing belongs here; everything in it is in the table of its kind as well.
"""

# ruff: noqa: E501  (a rule is read as one line)

from __future__ import annotations

EN = """
i [really|just|still|honestly] (want to|am going to|plan to|will|am about to|am ready to|need to) (kill myself|end my life|end it all|commit suicide|take my [own] life|hang myself|shoot myself)
i [really|just|still|honestly] want to (die|be dead) !(laughing|of|from|at|for|in|when|old|on)
(thinking about|thinking of|thoughts of|planning) (killing myself|ending my life)
i (am|was|have been|keep) (thinking about|thinking of|planning) suicide
i am [really|so|very|just] (suicidal|ending my life|killing myself|going to (kill myself|end my life|take my life))
(kill myself|killing myself) (tonight|today|now|tomorrow)
(wanttodie|iwanttodie|wannadie|iwannadie|wanttokillmyself|iwanttokillmyself|killmyself)
not want to (live|be alive) anymore
(asked|asks|question) ..5 (hurt|kill|harm|hurting|killing|harming) (yourself|myself) ..3 i (said|say|put|checked) (yes|yeah)
(he|she|mom|dad) is not breathing
(he|she|mom|dad) [just|has] overdosed |
(he|she|mom|dad) [just|has] overdosed on (his|her|the) (pills|meds|medicine|insulin|morphine|oxy|pain)
| (<i-may-have>) (overdosed|(took|taken) an overdose) |
| (<i-may-have>) (overdosed|(took|taken) an overdose) (<help-now>|again|and i (am scared|need|can not|do not know|feel))
| (<i-may-have>) (overdosed on|(took|taken) an overdose of) [my|his|her|the|some|all my] (<meds>) (<help-now>)
| (<i-may-have>) (overdosed on|(took|taken) an overdose of) [my|his|her|the|some|all my] (<meds>) |
| [help|please] (i|i think i|i may have|i might have) [just|accidentally] overdosed [my] (him|her|mom|dad|<kin>) |
| [help|please] [my] (he|she|<kin>) choking |
(fell|fallen) [down|again|today|tonight] [and|now] [now] [he|she|his|her] [is] [words|speech] [is|are] (slur*|can not (speak|talk) !(about|to|with|on))
"""

ES = """
[me] quiero (morir|matarme|suicidarme|quitarme la vida) !(de)
voy a (matarme|suicidarme|quitarme la vida)
me (voy a matar|voy a suicidar|quiero matar|quiero suicidar|quiero quitar la vida)
no quiero (vivir|seguir viviendo) !(en|con|aqui|sin|sola|solo)
no respira
"""
