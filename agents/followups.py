"""Reads a question in the light of the conversation: which vehicle, what "and the 2023?" asks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Vehicles = Mapping[str, Sequence[int]]

PLACEHOLDER = re.compile(r"<[A-Z_]+_\d+>")
WORD = re.compile(r"[^\W\d_]{2,}", re.UNICODE)
NOT_A_YEAR = (
    r"(?!\s?(?:kg|lbs?|km|mi|miles?|rpm|mm|cm|ccm?|euros?|dollars?|usd|eur|milhas|millas|meilen|"
    r"[€$%])(?!\w))"
)
YEAR = re.compile(
    rf"(?<![\w$€.,-])(19[5-9]\d|20\d\d)(?:ern|ers?|'s|s)?(?![\w]|[.,-]\d){NOT_A_YEAR}"
)
SHORT_YEAR = re.compile(r"(?<!\w)(?:my\s?(?:20)?|['’])(2\d)(?!\w)", re.IGNORECASE)
LETTERS_THAT_ARE_WORDS = "aeoy"  # "e 3 crianças" is no E3, but "the e 3" is one
ARTICLES = "the my your an o do no meu seu el del mi tu der den dem im am mein beim".split()
OPENERS = re.compile(
    r"^\W*(and|or|also|what about|how about|what of|how is it|same for|"
    r"e|ou|quanto a|que tal|como é|y|o|qué tal|qué hay|"
    r"und|oder|wie ist es|wie sieht es|was ist)\b",
    re.IGNORECASE,
)
PREPOSITIONS = frozenset(
    """for with without in on at when if by to per using after before above below from
    com sem para quando se em no na nos nas ao à por depois antes até
    con sin cuando si en al por después hasta desde
    mit ohne für bei beim im am an wenn auf nach vor hinten vorne zum zur""".split()
)
EMPTY_WORDS = frozenset(
    """and the what about how for with of in on it its that this one same also or model year is an
    to my me then now please just so well are do does did was were be can
    os as um uma do da de no na nos nas para com em ao modelo ano qual que isso esse este é e o a
    el la los las del en por con un una al lo eso ese esta este modelo año qué cuál es y
    und der die das den dem des beim mit für von im ein eine einen einem modell jahr wie was ist es
    oder denn dann sieht aus hay tal quanto cuanto ou""".split()
)
# Words that ask or tell something only together with what was asked before.
LEANING_WORDS = frozenset(
    """much many often long far big high deep fast cost costs price cheap expensive take takes need
    needs include included mean means why where when which who number page more less front rear
    left right both other others inside outside winter summer cold hot city highway full fully
    loaded empty normal load spare unbraked litres liters gallons quarts kg pounds
    psi bar miles minutes hours exactly maximum minimum max min without each total next last first
    major basic driver passenger sport eco home station
    custa custam preço por porque onde quando quantos quantas quanta litros frente trás dianteiro
    traseiro dianteiros traseiros cheio carregado inverno mais menos outro outros
    cuánto cuánta cuántos cuántas cuesta cuestan precio dónde cuándo delante detrás delantero
    trasero delanteros traseros cargado lleno invierno más menos otro otros
    kostet kosten preis warum wo wann wer vorne hinten voll beladen leer gebremst ungebremst
    viel viele oft lange weit hoch groß winter sommer mehr weniger andere anderen liter""".split()
)
SMALL_TALK = frozenset(
    """hi hello hey thanks thank you ok okay yes no great perfect cool fine good nice bye sure got
    it right understood alright much very so many lot for that the your help everything all
    olá oi obrigado obrigada sim não tá bem bom ótimo certo valeu muito perfeito
    hola gracias sí vale bien bueno claro perfecto muchas entendido
    hallo danke ja nein gut super prima alles klar schön vielen dank sehr""".split()
)
QUESTION_WORDS = frozenset(
    """what which how whom que quem qual quais quanto quantos quién cuál cuánto cuántos cuánta
    welche welcher welchem welchen wie wem was wo wann when where""".split()
)
# Words that may point at something said before.
POINTING_WORDS = frozenset(
    """it its that this these those them they he she there one ones same such also too again else
    instead earlier previous above mentioned said
    isso isto aquilo esse essa este esta eles elas ele ela dele dela disso lá mesmo mesma também
    novamente outra vez anterior eso esto aquello ese esa ellos ellas él ella mismo misma también
    allí otra es das dies diese dieser dieses sie er ihn ihm ihr dort dabei damit dafür davon darin
    auch wieder gleiche gleichen selbe selben sonst""".split()
)
MOST_OWN_WORDS = 4
MOST_WORDS_OF_A_CONDITION = 4


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone: `query` without placeholders, and the vehicle it is about.

    `named` tells that the text itself named the model or the year; `follow_up` that earlier words
    were taken over. `models` and `years` are all that the text names: with two models `model` is
    None, so that neither is left out; with two years `year` is the later one in the text.
    """

    query: str
    model: str | None
    year: int | None
    named: bool
    follow_up: bool
    models: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


def resolve(
    question: str,
    earlier: Sequence[str],
    vehicle: tuple[str | None, int | None],
    vehicles: Vehicles,
) -> Resolved:
    """Complete a question from the customer's `earlier` questions (oldest first).

    `vehicle` is the model and year talked about so far, `vehicles` what the manuals cover.
    """
    text = without_placeholders(question)
    models, years = named_models(text, vehicles), named_years(text)
    model, year = chosen(models, years, vehicle)
    base = question_before(text, [without_placeholders(each) for each in earlier], vehicles)
    query = f"{about_vehicle(base, model, year, vehicles)} {text}" if base else text
    return Resolved(
        query=" ".join(query.split()),
        model=model,
        year=year,
        named=bool(models or years),
        follow_up=base is not None,
        models=models,
        years=years,
    )


def chosen(
    models: Sequence[str], years: Sequence[int], kept: tuple[str | None, int | None]
) -> tuple[str | None, int | None]:
    """The one model and year to search for: named ones before those talked about so far."""
    kept_model, kept_year = kept
    if len(models) > 1:
        return None, years[-1] if years else None
    model = models[0] if models else kept_model
    if years:
        return model, years[-1]
    return model, kept_year if model == kept_model else None


def question_before(text: str, earlier: Sequence[str], vehicles: Vehicles) -> str | None:
    """What `text` leans on: the last question that stood alone, and, when `text` names nothing
    but a vehicle, what the follow-ups in between added. None when `text` stands alone."""
    added = ""
    for at in range(len(earlier) - 1, -1, -1):
        if is_small_talk(earlier[at]):
            continue
        if not _leans(earlier[at], earlier[:at], vehicles):
            if not is_follow_up(text, vehicles, earlier[at]):
                return None
            own = own_words(text, vehicles)
            return earlier[at] if own else f"{earlier[at]} {added}".strip()
        added = added or (earlier[at] if own_words(earlier[at], vehicles) else "")
    return None


def is_follow_up(text: str, vehicles: Vehicles, previous: str = "") -> bool:
    """It names nothing but a vehicle, says only words that lean on others, is a condition ("and in
    winter?"), or opens like a follow-up and shares a word with the `previous` question."""
    own = own_words(text, vehicles)
    if is_small_talk(text) or len(own) > MOST_OWN_WORDS:
        return False
    if all(word in LEANING_WORDS for word in own):
        return True
    alone = without_vehicle(text, vehicles)
    opener = OPENERS.match(alone)
    if _is_condition(alone[opener.end() if opener else 0 :], short=opener is None):
        return True
    return opener is not None and _share_a_word(own, previous)


def _is_condition(text: str, short: bool) -> bool:
    """ "with a trailer", "in winter"; not "at what time ..."."""
    words = WORD.findall(text.lower())
    if not words or words[0] not in PREPOSITIONS or set(words[:2]) & QUESTION_WORDS:
        return False
    return not short or len(words) <= MOST_WORDS_OF_A_CONDITION


def refers_back(text: str) -> bool:
    """It may lean on what was said before, or seem to: "does it have that too?"."""
    words = WORD.findall(text.lower())
    return OPENERS.match(text) is not None or any(word in POINTING_WORDS for word in words)


def is_small_talk(text: str) -> bool:
    words = WORD.findall(text.lower())
    return bool(words) and all(word in SMALL_TALK for word in words)


def own_words(text: str, vehicles: Vehicles) -> list[str]:
    """The words that say something beside a vehicle."""
    words = WORD.findall(without_vehicle(text, vehicles).lower())
    return [word for word in words if word not in EMPTY_WORDS and word not in PREPOSITIONS]


def named_model(text: str, vehicles: Vehicles) -> str | None:
    """The model of the manuals that the text names, however it is spaced or cased; the last one."""
    return named_models(text, vehicles)[-1] if named_models(text, vehicles) else None


def named_models(text: str, vehicles: Vehicles) -> tuple[str, ...]:
    """Every model of the manuals that the text names, in the order of the text."""
    found = {match.start(): m for m in vehicles for match in _model_pattern(m).finditer(text)}
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def named_year(text: str) -> int | None:
    return named_years(text)[-1] if named_years(text) else None


def named_years(text: str) -> tuple[int, ...]:
    """Model years in the text: "2024", "2024er", "'24", "MY24"; no weights, distances or sums."""
    found = {match.start(): int(match[1]) for match in YEAR.finditer(text)}
    found |= {match.start(): 2000 + int(match[1]) for match in SHORT_YEAR.finditer(text)}
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def about_vehicle(text: str, model: str | None, year: int | None, vehicles: Vehicles) -> str:
    """The text with its vehicle replaced by this one; a year nobody named is left out."""
    for other in vehicles:
        if other != model:
            text = _model_pattern(other).sub(model or " ", text)
    text = YEAR.sub(str(year or " "), text)
    return " ".join(SHORT_YEAR.sub(str(year or " "), text).split())


def without_vehicle(text: str, vehicles: Vehicles) -> str:
    for model in vehicles:
        text = _model_pattern(model).sub(" ", text)
    return " ".join(SHORT_YEAR.sub(" ", YEAR.sub(" ", text)).split())


def without_placeholders(text: str) -> str:
    return " ".join(PLACEHOLDER.sub(" ", text).split())


def _leans(text: str, earlier: Sequence[str], vehicles: Vehicles) -> bool:
    """Whether an earlier question was itself a follow-up; the first one cannot be."""
    before = next((each for each in reversed(earlier) if not is_small_talk(each)), None)
    return before is not None and is_follow_up(text, vehicles, before)


def _share_a_word(own: Sequence[str], previous: str) -> bool:
    before = {word for word in WORD.findall(previous.lower()) if word not in EMPTY_WORDS}
    return any(word in before and word not in LEANING_WORDS for word in own)


@lru_cache(maxsize=256)
def _model_pattern(model: str) -> re.Pattern[str]:
    """X1 is also "x1", "X-1", "x 1" and "X1s"."""
    letters, *rest = re.findall(r"[A-Za-z]+|\d+", model) or [model]
    spaced = r"[\s-]?".join(re.escape(part) for part in [letters, *rest])
    if letters.lower() in LETTERS_THAT_ARE_WORDS and rest:
        tight = "-?".join(re.escape(part) for part in [letters, *rest])
        after_article = "|".join(rf"(?<=\b{article}\s)" for article in ARTICLES)
        spaced = rf"(?:{tight}|(?-i:{spaced})|(?:{after_article}){spaced})"
    return re.compile(rf"(?<!\w){spaced}(?:'s|s)?(?!\w|[.,]\d)", re.IGNORECASE)
