"""Names of people, by the words around them: introductions, titles, signatures, relations.

Without a language model a name that nothing announces is not found; `PII_NLP_MODEL` adds one.
"""

from collections.abc import Iterator

import regex

from app.privacy.found import Found
from app.privacy.shapes import words

CAP = r"\p{Lu}(?:[\p{L}\p{M}]{0,24}(?:['’-]\p{L}{1,24}){0,2}|\.)(?!\w)"
PARTICLE = (
    r"(?:de la|de los|del|dos|das|da|do|de|di|van der|van den|van|von der|von|zu|bin|al|el|le|la"
    r"|y|e)"
)
NAME = rf"{CAP}(?: {{1,2}}(?:{PARTICLE} )?{CAP}){{0,3}}"
TWO_NAMES = rf"{CAP}(?: {{1,2}}(?:{PARTICLE} )?{CAP}){{1,3}}"
ANY_NAME = r"[\p{L}][\p{L}\p{M}'’-]{1,24}(?: [\p{L}][\p{L}\p{M}'’-]{1,24}){0,2}"
CALLED = (
    r"my (?:full |first |last |sur|family |maiden )?name(?: is|'s|’s|:)"
    r"|(?:o )?meu nome(?: completo)? é|meu nome:|me chamo|chamo-me|me llamo"
    r"|mi nombre(?: completo)? es|ich hei(?:ß|ss)e|mein name(?: ist|:)"
)
IN_CAPITALS = (
    r"(?:the|her|his) (?:full |last |first |maiden )?name is|people call me|call me|full name:"
    r"|name:|registered to|(?:in|under) the name(?: of)?|em nome de|nome:|nome completo:"
    r"|a nombre de|nombre:|nombre completo:|auf den namen|name ist"
)
HERE = (
    r"(?:speaking|calling|here|from|again|writing|falando|aqui|que fala|al habla|am apparat|hier)"
)
STRONG = regex.compile(rf"(?<!\w)(?i:{CALLED}|{IN_CAPITALS})\s{{1,2}}(?P<name>{NAME})")
LOOSE = regex.compile(rf"(?<!\w)(?i:{CALLED})\s{{1,2}}(?P<name>{ANY_NAME})", regex.IGNORECASE)
WEAK = regex.compile(
    rf"(?<!\w)(?i:i['’]m|i am|this is|it['’]s|sou (?:o |a )?|aqui é (?:o |a )?|aquí|soy|le habla"
    rf"|habla|quem fala é (?:o |a )?|ich bin(?: (?:der|die))?|hier ist|hier spricht)\s{{0,2}}"
    rf"(?:(?P<name>{TWO_NAMES})|(?P<one>{CAP})(?=\s{{1,2}}(?i:{HERE})(?!\w)|\s{{0,2}}(?:[,.!;]|$"
    rf"|\n)))"
)
TITLED = regex.compile(
    r"(?<!\w)(?:(?i:mrs?|dr|prof|mx|sra?|srta|dra)\.? |(?:Ms|Miss|Sir|Senhora?|Señora?|Señorita|Don"
    r"|Doña|Dona|Herrn?|Frau|Fräulein|senhora?|señora?|ms\.)\.? )(?:(?:Dr|Prof)\. )?"
    rf"(?P<name>{NAME}|(?<=(?i:mrs?)\.? )\p{{Ll}}{{3,20}})"
)
SIGNED = regex.compile(
    r"(?<!\w)(?i:regards|best wishes|best|many thanks|thanks|thank you|cheers|sincerely|yours|love"
    r"|atenciosamente|cumprimentos|abraços?|abs|obrigad[oa]|att|grato|grata|saludos|un saludo"
    r"|gracias|atentamente"
    r"|cordialmente|gr(?:ü|ue)(?:ß|ss)en?|mfg|vg|lg|danke|dank)"
    rf"(?:[,.!]|\s?\n|[-–—]| [-–—])\s{{0,4}}(?P<name>{NAME})\s{{0,3}}$"
)
RELATED = regex.compile(
    r"(?<!\w)(?i:(?:my|our) (?:wife|husband|son|daughter|mother|father|brother|sister|friend"
    r"|partner"
    r"|boss|neighbou?r|mom|dad)|(?:minha|meu) (?:esposa|marido|filho|filha|mãe|pai|irmão|irmã"
    r"|mulher)"
    r"|mi (?:mujer|marido|esposa|esposo|hijo|hija|madre|padre|hermano|hermana)"
    rf"|meine?n? (?:frau|mann|sohn|tochter|mutter|vater|bruder|schwester)),? (?P<name>{NAME})"
)
POSSIBLE = regex.compile(
    r"\b(?i:name|nome|nombre|namen|call|chamo|llamo|hei(?:ß|ss)e|i['’]?m|am|this|it['’]s|sou"
    r"|aqui|aquí"
    r"|soy|habla|fala|bin|hier|mrs?|ms|miss|dr|dra|prof|mx|sra?|srta|sir|senhora?|señora?"
    r"|señorita|don|doña"
    r"|dona|herrn?|frau|fräulein|my|our|minha|meu|mi|meine?n?|registered)\b"
)
LAST = 80  # characters at the end of a message in which a signature begins
PARTICLES = words("de la los del dos das da do di van der den von zu bin al el le y e")
NOT_NAMES = words(
    """
    a asap about after again all also and another any are as ask at auto available back bad be
    been but buy by calling can car cars changed chat christmas closed correct customer customers
    day different does done driver e east easter english even ev every fine for free friday from
    general genauto german going good great had happy has have having he help here hi hello him
    his her hers how i if in interested is it its just last late later like listed lost looking
    lucky me mine misspelled missing model monday my name never new next no north not now of off
    ok okay old on one only open or order our out over owner please portuguese possible quite
    ready registered right riverside same saturday service she so some sorry south spanish spelled
    still stuck sunday suv sure tesla thank thanks that the their them then there they this
    thursday to today tomorrow too toyota tuesday under unsure up us very was we wednesday well
    west what when where which who why will with without wondering workshop written wrong yes you
    your american brazilian british dutch french italian mexican ford honda bmw audi vw volkswagen
    mercedes technician manager mechanic o os um uma não nao sim ou de do da dos das em na com
    para por que quem como obrigado obrigada cliente dono dona proprietário brasileiro brasileira
    português carro estou está meu minha seu sua novo nova el la los las un una si sí y en con
    gracias dueño español española mexicano nuevo nueva mi su coche señor señora der die ein eine
    und oder nicht kein keine im am an auf mit von bei für zu zum kunde kundin deutscher deutsche
    neu ich sie er es ja nein bitte danke fahrer rentner besitzer auch noch nur schon hier gerade
    sehr wagen herr frau mein meine january february march april june july august september
    october november december
    """
)


def find_names(text: str) -> Iterator[Found]:
    if POSSIBLE.search(text):
        for phrase in (STRONG, LOOSE, WEAK, TITLED, RELATED):
            for match in phrase.finditer(text):
                yield from _named(match, text)
    tail = max(0, len(text.rstrip()) - LAST)
    for match in SIGNED.finditer(text, tail):
        yield from _named(match, text)


def _named(match: regex.Match[str], text: str) -> Iterator[Found]:
    """The name without what follows it; nothing, if its first word is none."""
    group = "one" if "one" in match.groupdict() and match["one"] else "name"
    start, end = match.span(group)
    kept = start
    for word in regex.finditer(r"[^\s]+", text[start:end]):
        if word[0].strip(".,'’").lower().removesuffix("'s") in NOT_NAMES - PARTICLES or (
            kept == start and word[0].lower() in PARTICLES
        ):
            break
        if word[0].lower() not in PARTICLES:
            kept = start + word.end()
    kept = kept - 1 if kept > start and text[kept - 1] == "." else kept
    if kept - start > 1:
        yield Found("PERSON", start, kept, 0.65)
