"""What may leave as an answer (domain.md section 9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jobs.agent.forbidden import objection
from services.jobs.agent.guardrails import CAP, fit, is_safe, plain, septets, speakable
from services.jobs.agent.prompt import INSTRUCTIONS, RULES
from services.jobs.agent.sentences import brief, sentences, statements, whole


def test_markdown_emoji_and_typography_become_plain_text() -> None:
    assert plain("**Hi** there — “you”… 😀\n- one\n- two") == 'Hi there - "you"... one two'
    assert plain("```python\nprint(1)\n```") == ""
    assert plain("[a link](https://x.example)") == "a link"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("number", "Call 1-900-555-1234"),
        ("number", "You can reach them on (900) 555 0142 today."),
        ("number", "My cousin: +44 20 7946 0958"),
        ("number", "Text HELP to 85511 now."),
        ("number", "Dial 1-800-FLOWERS"),
        ("number", "Call 988 or 989."),
        ("number", "Their line is 741742."),
        ("number", "It is nine zero zero, five five five, oh one four two."),
        ("dose", "Give her 20 mg of it"),
        ("dose", "Two tablets at night will do."),
        ("dose", "Try half a pill first."),
        ("dose", "Give her two Tylenol and let her sleep."),
        ("dose", "He can have more morphine if it hurts."),
        ("dose", "Half her usual dose is fine."),
        ("dose", "A little Benadryl at night."),
        ("dose", "Just a tiny bit of the lorazepam."),
        ("medicine", "Benadryl will make him sleep."),
        ("medicine", "Maybe melatonin could really help her settle."),
        ("dose", "Give it to him slowly; give it every four hours."),
        ("medicine", "Stop the Lexapro tonight and see."),
        ("medicine", "Don't give her the blood thinner."),
        ("medicine", "She should come off her sertraline."),
        ("medicine", "You can crush the pill in her food."),
        ("medicine", "Stop taking it."),
        ("medicine", "You should stop taking the medication"),
        ("medicine", "Maybe lower her insulin a little."),
        ("medicine", "You could start an antidepressant."),
        ("medicine", "Deja de tomar la medicina."),
        ("medicine", "Deja la sertralina unos días."),
        ("medicine", "No le des el anticoagulante hoy."),
        ("medicine", "Dale su medicina cada cuatro horas."),
        ("medicine", "Mañana prueba con Tylenol."),
        ("dose", "Dele media pastilla."),
        ("dose", "Dale dos Tylenol y que duerma."),
        ("diagnosis", "Parece que tiene demencia."),
        ("diagnosis", "Tienes depresión."),
        ("human", "Sí, soy real."),
        ("human", "También soy madre."),
        ("number", "Llama al 988 o al 989."),
        ("number", "Manda HOME al 741742."),
        ("link", "Mira evil punto com."),
        ("diagnosis", "You have depression"),
        ("diagnosis", "She probably has dementia."),
        ("diagnosis", "She clearly has Lewy body dementia."),
        ("diagnosis", "Your dad has early-onset Alzheimer's."),
        ("diagnosis", "You have major depressive disorder."),
        ("diagnosis", "That sounds like Parkinson's."),
        ("diagnosis", "He's got vascular dementia."),
        ("diagnosis", "She's suffering from delirium."),
        ("diagnosis", "That sounds like PTSD."),
        ("diagnosis", "It's likely Alzheimer's."),
        ("diagnosis", "You might be clinically depressed."),
        ("credential", "I am a licensed therapist"),
        ("credential", "As a nurse, I would wait."),
        ("credential", "We are HIPAA compliant"),
        ("human", "I'm a real person, promise."),
        ("human", "I'm not a robot."),
        ("human", "Yes, I'm real."),
        ("human", "As a mother myself, I know."),
        ("human", "I've been a caregiver too."),
        ("human", "I lost my own mother last year."),
        ("human", "Soy una persona de verdad."),
        ("prompt", "My instructions are to be kind."),
        ("prompt", "I was told to keep it short."),
        ("prompt", "As a language model trained by somebody"),
        ("prompt", RULES.splitlines()[3]),
        ("prompt", "Sure: name what the person feels before you suggest anything."),
        ("code", '{"first_name": "Ana"}'),
        ("code", "print() does it"),
        ("code", "<b>Rest</b> now"),
        ("link", "See https://example.com"),
        ("link", "Look at carehelp.org for more."),
        ("link", "Look at respite.care/help for more."),
        ("link", "Go to carehelp dot com."),
        ("address", "Write to rosa@example"),
    ],
)
def test_what_could_harm_is_not_said(rule: str, text: str) -> None:
    assert objection(plain(text)) == rule
    assert speakable(text) == ("", rule)


@pytest.mark.parametrize(
    "text",
    [
        "Call or text 988, or 1-800-799-7233.",
        "Text HOME to 741741.",
        "988 answers day and night, and 211 knows local help.",
        "That was 3 days ago.",
        "Rest.",
        "I'm an AI, not a person, and I'm here to listen.",
        "I'm Respite, an AI that supports family caregivers by text message.",
        "I'm not a doctor, so please ask hers, or her pharmacist.",
        "What did her doctor say? As your doctor knows her, start there.",
        "You have a lot to carry, and it's okay to be tired.",
        "You have a little time now. Parkinson's is hard on the whole family.",
        "A little rest will help you sleep. Ask her doctor about the melatonin.",
        "Shall we start a medication list for her next visit?",
        "Breathe in, one, two, three, four, and out.",
        "A lot of people have days like this. It isn't your fault.",
        "Your dad has you, and who do you have?",
        "As a caregiver, you carry a lot. Stop taking it all on yourself.",
        "Take a break every two hours.",
        "Toma un descanso de dos horas, y toma aire tres veces.",
        "Llama al 988 o al 211. Cuidar a alguien con demencia cansa.",
        "Habla con su farmaceutico antes de cambiar la dosis. Haz una lista para sus medicinas.",
        "I'm real sorry. What did the doctor say about the morphine?",
        "It's 3.5 miles. You have a lot to do.Take it slow.",
        "I can't text anybody else or see other people's data, but I can listen.",
    ],
)
def test_what_helps_is_said_as_it_is(text: str) -> None:
    assert speakable(text) == (text, "")


@pytest.mark.parametrize("words", ["", "   ", "😀", "```\ncode\n```", "\u200b", "..."])
def test_an_answer_is_never_empty(words: str) -> None:
    assert speakable(words) == ("", "empty")


def test_of_several_questions_the_first_is_asked_and_three_sentences_are_said() -> None:
    text = "That is hard. Did she sleep? Did you? Dr. Lee may know. Call at 9 a.m. today. Bye."
    assert brief(text) == "That is hard. Did she sleep? Dr. Lee may know."
    assert statements("How are you? I'm here. And she?") == "I'm here."
    assert whole("She fell. It hurt! And th") == "She fell. It hurt!"
    assert whole("no end") == ""


@given(st.text(max_size=600))
def test_shortening_keeps_sentences_as_they_are(text: str) -> None:
    text = plain(text)
    assert " ".join(sentences(text)) == text
    assert sum("?" in each for each in sentences(brief(text))) <= 1
    assert "?" not in statements(text)
    assert all(each in sentences(text) for each in sentences(brief(text)))


@given(st.text(max_size=2000), st.text("abc. !?", max_size=60), st.text("abc .", max_size=60))
def test_a_fitted_answer_never_exceeds_the_cap(body: str, before: str, after: str) -> None:
    fitted = fit(plain(body), before=before, after=after)
    assert septets(fitted) <= CAP
    assert fitted.startswith(before)
    assert fitted.endswith(after)


def test_a_long_answer_is_cut_at_a_sentence() -> None:
    fitted = fit("One sentence that is long enough. " * 20)
    assert fitted.endswith(".")
    assert septets(fitted) <= CAP


def test_the_rules_that_the_model_is_told_may_not_be_repeated_but_the_numbers_may() -> None:
    assert RULES in INSTRUCTIONS
    for line in RULES.splitlines():
        if len(line.split()) > 8:
            assert objection(plain(line)) in ("prompt", "credential"), line
    assert is_safe("988 (call or text), 741741 (text HOME), 911, 211, 1-800-799-7233")
