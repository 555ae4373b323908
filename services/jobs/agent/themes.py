# ruff: noqa: E501  (a theme is read as one line)
"""What the offline assistant can talk about: the commonest themes of family caregivers."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme is recognised by its pattern and answered by one of its lines, in turn."""

    name: str
    pattern: re.Pattern[str]
    lines: tuple[str, ...]


def _theme(name: str, pattern: str, *lines: str) -> Theme:
    return Theme(name, re.compile(rf"\b(?:{pattern})", re.IGNORECASE), lines)


THEMES = (
    _theme(
        "are you human",
        r"are you (?:a )?(?:human|real|robot|bot|ai|person)|who (?:are|is) (?:you|this)|am i talking to",
        "I'm an AI, not a person, and I'm here to listen. What's going on for you today?",
        "You're talking with an AI. I can listen and help you think things through. What's on your mind?",
    ),
    _theme(
        "rules",
        r"(?:ignore|forget|disregard) (?:all |any )?(?:your|previous|the|these) |system prompt|your (?:prompt|instructions|rules)|jailbreak|i(?:'m| am) (?:an? |the |your )?(?:admin|developer|operator)|other (?:people|users|callers)'?s? (?:data|texts|messages|numbers?)",
        "I can't change how I work, or see anything of other people. I can listen. How are you today?",
        "That's nothing I can do, but I'm here for you. What's on your mind?",
    ),
    _theme(
        "privacy",
        r"hipaa|privacy|private\b|confidential|who (?:reads|sees) (?:this|my)|my data",
        "I'm an AI, not a medical service. Text DELETE and all that's kept of you is removed. What worries you about it?",
        "Your texts are kept so that I can answer you; DELETE removes them. What would you like to talk about?",
    ),
    _theme(
        "medicine",
        r"dos(?:e|age)|medication|medicine|\bmeds\b|pills?|insulin|prescription",
        "Medicines are a question for their doctor or pharmacist; a pharmacist often answers by phone "
        "the same day. What worries you about it?",
        "I can't advise on medicines, but a pharmacist can. Shall we put your question into one sentence?",
    ),
    _theme(
        "sleep",
        r"sleep|insomnia|up all night|awake|nights?\b.*(?:hard|bad)|exhaust|so tired|worn out|no rest",
        "Being up night after night wears anyone down. Could someone cover one night, or one nap, "
        "this week?",
        "No wonder you're tired. What would even one uninterrupted hour look like today?",
        "Rest is not a luxury in this. Is it their nights that wake you, or your own worry?",
    ),
    _theme(
        "guilt",
        r"guilt|ashamed|bad (?:daughter|son|wife|husband|person)|selfish|not doing enough|should (?:be|have)",
        "Guilt shows how much you care, not that you're failing. What would you say to a friend in "
        "your place?",
        "You're allowed to have limits and still love them. What is the guilt telling you today?",
    ),
    _theme(
        "anger",
        r"angry|anger|furious|snapp?ed|yell|lost my temper|frustrat|resent|fed up",
        "Anger makes sense when so much rests on you. What set it off today?",
        "Snapping happens to people who carry too much. Can you step away for five minutes and breathe?",
    ),
    _theme(
        "money",
        r"money|afford|bills?\b|financ|debt|job|work|boss|insurance|medicaid|medicare",
        "Money worries on top of caring are heavy. Calling 211 can find local help with costs. "
        "What's most pressing?",
        "That's a lot to juggle. Would it help to pick the one bill or form that worries you most?",
    ),
    _theme(
        "siblings",
        r"sister|brother|sibling|family (?:doesn|won|never|isn|does not)|no ?one helps|nobody helps",
        "It hurts when the load isn't shared. Is there one small, clear task you could ask them for?",
        "Carrying it for the whole family is unfair. What do you wish they understood?",
    ),
    _theme(
        "respite care",
        r"break|respite|day ?care|home ?aide|nursing home|facility|help at home|time off|vacation",
        "Wanting a break is healthy. Your local Area Agency on Aging (call 211) can point you to "
        "respite care. What would you do with two hours?",
        "Breaks keep you going. Who could sit with them for an hour this week?",
    ),
    _theme(
        "dementia",
        r"dementia|alzheimer|memory|forget|wander|repeat|sundown|confus|does ?n.t know me",
        "Watching memory go is a loss that keeps happening. What was today's hardest moment?",
        "It's exhausting to answer the same thing again and again. What calms them when it's bad?",
    ),
    _theme(
        "falls and health",
        r"\bfell\b|fall(?:s|en|ing)?\b|hospital|surgery|doctor|nurse|diagnos|chemo|cancer|stroke|hospice",
        "That's a lot to take in. What did they tell you, and what are you still unsure about?",
        "Hospital days are long days. Have you eaten and sat down today?",
    ),
    _theme(
        "grief",
        r"died|passed away|funeral|griev|grief|miss (?:him|her|them|my)|losing (?:him|her|them)|widow",
        "I'm so sorry. There's no right way to grieve. Would you like to tell me about them?",
        "Missing someone can come in waves. What has today been like?",
    ),
    _theme(
        "loneliness",
        r"lonely|alone|isolat|no friends|nobody understands|no one understands|invisible",
        "Caring can be so lonely. I'm here now. Who used to make you feel like yourself?",
        "Feeling unseen hurts. A caregivers' group, online or nearby, can help; shall we think about one?",
    ),
    _theme(
        "worry",
        r"worr|anxi|scared|afraid|panic|nervous|overwhelm|stress|too much|can.?t cope",
        "That sounds overwhelming. Let's take one thing: what's weighing on you most right now?",
        "So much at once. Try one slow breath with me, then tell me what can't wait until tomorrow.",
        "I hear how stretched you are. What is one thing you could let be good enough today?",
    ),
    _theme(
        "sadness",
        r"sad\b|cry|crying|tears|depress|down\b|hopeless|empty|numb|heartbr",
        "I'm sorry it's this heavy. Crying is a way of setting some of it down. What brought it on?",
        "Thank you for telling me. What would feel a little kinder to you right now?",
    ),
    _theme(
        "own health",
        r"my (?:back|head|knee|health|body|own doctor)|headache|pain|sick|not eating|weight",
        "Your body is keeping score too. When did you last see someone about your own health?",
        "You matter in this as well. What's one thing your body needs today?",
    ),
    _theme(
        "burnout",
        r"burn(?:ed|t)? ?out|can.?t (?:do this|go on|keep)|give up|i.?m done|at my limit|drained",
        "You've been running on empty for a long time. What could wait, or be done by someone else, "
        "this week?",
        "Being at your limit is a signal, not a failure. Who could take one thing off you today?",
    ),
    _theme(
        "marriage",
        r"marriage|spouse|partner|my (?:husband|wife)|intima|relationship",
        "Caring changes a relationship. What do you miss most?",
        "It's hard to be partner and caregiver at once. When did you last have a moment together?",
    ),
    _theme(
        "children",
        r"kids?\b|children|my (?:son|daughter)|teen|baby|school",
        "Caring in two directions is a lot. What do the kids need most this week, and what can wait?",
        "You're holding up two generations. Who looks after you in all that?",
    ),
    _theme(
        "check-ins",
        r"check.?in|remind|how often|schedule",
        "I can check in with you from time to time. Just text me whenever you want to talk, too.",
        "You can text me any time, and I'll check in when things have been heavy.",
    ),
    _theme(
        "good news",
        r"good (?:day|news|night)|better today|great|happy|relie(?:f|ved)|grateful|went well|laugh",
        "I'm so glad to hear that. What made it good?",
        "That's worth holding on to. What helped?",
    ),
    _theme(
        "thanks",
        r"thank|thx|appreciate|you.?re (?:kind|great|sweet)",
        "You're welcome. I'm here whenever you need to put something down for a minute.",
        "Any time. Be gentle with yourself today.",
    ),
    _theme(
        "greeting",
        r"(?:hi|hello|hey|good (?:morning|evening|afternoon)|hola)\b",
        "I'm glad you texted. Caring for someone is a lot. How are you doing today?",
        "Good to hear from you. What's on your mind today?",
    ),
)
