"""Rules before everything else: an emergency, or a person asked for. Independent of any model.

Fixed wording stands in `agents/prompts/phrases.yaml`; this module only decides, in microseconds.
"""

import re
from dataclasses import dataclass

from agents.events import Escalation


@dataclass(frozen=True, slots=True)
class Screened:
    """Why the turn ends here, and the language of the words that said so."""

    escalation: Escalation
    language: str


PERSON = {
    "en": r"(talk|speak|chat|connect|transfer|get|put|need|want|like) (me )?(to |with |through to |for )?"
    r"(an? |the |some |your )?(real |actual |live |human )?(person|human|someone|somebody|staff|agent|"
    r"representative|adviser|advisor|employee|colleague|operator)\b(?! seat)"
    r"|\b(human|person|agent|operator|representative),? please",
    "pt": r"(falar|conversar) com (um |uma |o |a |algum |alguma )?(pessoa|humano|atendente|alguém|"
    r"funcionári[oa]|representante)|\b(atendente|humano|pessoa),? por favor",
    "es": r"(hablar|conversar) con (un |una |el |la |algún |alguna )?(persona|humano|agente|alguien|"
    r"asesora?|representante|empleado)|\b(humano|persona|agente),? por favor",
    "de": r"mit (einem |einer |einen |jemand(em)?|dem )?(echten |richtigen )?(mensch(en)?|person|"
    r"mitarbeiter(in)?|berater(in)?|jemand(em)?)\b.*(sprechen|reden|verbinden)|"
    r"\b(mensch|mitarbeiter|person),? bitte|mit jemand(em)? (sprechen|reden)",
}  # fmt: skip

EMERGENCY = {
    "en": r"\bbrakes? (have |has |just |are |is |pedal )*(failed|failing|gone|not working|don'?t work|"
    r"stopped working|went to the floor|goes to the floor)|\b(no|lost( my)?) brakes\b(?! (pad|price|disc))|"
    r"brakes? (do|does) ?n[o']t (work|respond)|brake pedal (went|goes|sinks|sank)|"
    r"\b(car|engine|bonnet|hood|dashboard|battery|vehicle|it)('s| is| has| caught| on)* (on fire|burning|"
    r"caught fire|in flames|smoking)\b|smoke (is )?(coming|pouring|rising)|"
    r"\b(strong )?(smell of|smells? (strongly )?(of|like)) (petrol|gas|gasoline|fuel)|fuel (is )?leak|"
    r"(lost|no|can'?t) (the )?(steering|steer)\b|steering (wheel )?(has |is )?(failed|locked|stuck|not working)|"
    r"\bairbags? (went off|deployed|exploded)|(had|been in|just) (an? |a car )?(accident|crash)|"
    r"(child|baby|kid|dog) (is )?(locked|trapped|stuck) (in|inside)",
    "pt": r"(freio|travão|freios|travões) (não funciona|falh|sem)|(estou|fiquei) sem (freio|travões)|"
    r"(carro|motor) (está )?(pegando fogo|a arder|em chamas)|(saindo|sai) fumaça|cheiro (forte )?(de|a) (gasolina|combustível)|"
    r"perdi a direção|(sofri|tive) um acidente|criança (está )?(presa|trancada)",
    "es": r"(los )?frenos? (no (funciona|responde)|fallan|han fallado|fallaron)|(me quedé|estoy) sin frenos|"
    r"(coche|carro|motor|auto) (está )?(ardiendo|en llamas|echando humo|incendi)|sale humo|"
    r"olor (fuerte )?a (gasolina|combustible)|(tuve|he tenido) un accidente|niñ[oa] (está )?(encerrad|atrapad)",
    "de": r"bremsen? (funktionier(t|en) nicht|versag|ausgefallen|fällt aus|geht nicht|gehen nicht)|keine bremsen?\b(?! mehr kaufen)|"
    r"(auto|motor|wagen|es) brennt|rauch (kommt|steigt|aus)|(benzin|kraftstoff)geruch|riecht (stark )?nach (benzin|kraftstoff)|"
    r"lenkung (blockiert|ausgefallen|versagt|geht nicht)|hatte (gerade )?einen unfall|kind (ist )?eingeschlossen",
}  # fmt: skip

CALM = re.compile(
    r"\b(no|not|without|isn'?t|never|any|sem|sin|não|no hay|ohne|kein(e|en)?|nicht) "
    r"(any |a |hay |há )?(smoke|fire|smell|fumaça|humo|rauch|accident)\b",
    re.IGNORECASE,
)
HYPOTHETICAL = re.compile(
    r"^\s*(what (if|does|should|happens)|how (do|does|can)|when (do|does)|why do)\b", re.I
)

_PERSON = {language: re.compile(p, re.IGNORECASE) for language, p in PERSON.items()}
_EMERGENCY = {language: re.compile(p, re.IGNORECASE) for language, p in EMERGENCY.items()}


def screen(text: str) -> Screened | None:
    """An emergency first, then the wish for a person; None lets the turn go on."""
    if not CALM.search(text) and not HYPOTHETICAL.match(text):
        for language, pattern in _EMERGENCY.items():
            if pattern.search(text):
                return Screened("safety_concern", language)
    for language, pattern in _PERSON.items():
        if pattern.search(text):
            return Screened("user_request", language)
    return None
