"""The streaming gate: text that could be a claim waits until its clause is whole and supported."""

import time
from functools import lru_cache

import regex

from agents.verification.claims import Failure, unsupported_in
from agents.verification.commitments import any_commitment, same_length_fold
from agents.verification.echoes import affirmed_echo, has_echo
from agents.verification.evidence import Evidence
from agents.verification.leaks import LeakWatch

NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|"
    "nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|"
    "um|uma|dois|duas|tres|quatro|cinco|seis|sete|oito|nove|dez|onze|doze|treze|quatorze|catorze|"
    "quinze|dezess\\w+|dezoito|dezenove|vinte|trinta|quarenta|cinquenta|sessenta|setenta|oitenta|"
    "noventa|cem|cento|duzent\\w+|trezent\\w+|quinhent\\w+|mil|milhao|meio|"
    "uno|una|dos|cuatro|siete|ocho|nueve|diez|once|doce|trece|quince|dieci\\w+|veint\\w+|treinta|"
    "cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento|doscient\\w+|quinient\\w+|medio|"
    "ein(?:und|hundert|tausend)\\w+|(?:zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf|"
    "zwanzig|hundert|tausend)\\w*|halb"
)
CLAUSE_END = regex.compile(r"[.!?;:,](?=\s)|\n")
SENTENCE_END = regex.compile(r"[.!?](?=\s)|\n")
NOT_FIRST = "- "  # stands for what was shown of a line, so that "7." is no list number there
MARKS = frozenset(".!?;:,\n")
LONGEST_CLAUSE = 240


class Unsupported(Exception):
    """The model was about to say something that nothing in this turn supports."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.kind}: {failure.claim}")


class ClaimGate:
    """Passes text on at once, and what may be a claim only when it is earned.

    `add` and `finish` return what may be shown. Both raise Unsupported; what was held is dropped.
    """

    def __init__(self, evidence: Evidence, language: str) -> None:
        self._evidence, self._language = evidence, language
        self._held = ""
        self._sentence = ""  # what was shown of the sentence that is being written
        self._begins_line = True
        self._leaks = LeakWatch(evidence.private)
        self.took_ms = 0.0

    def add(self, piece: str) -> str:
        begun = time.perf_counter()
        try:
            return self._passed(piece)
        finally:
            self.took_ms += (time.perf_counter() - begun) * 1000

    def finish(self) -> str:
        if self._held:
            self._check(self._held)
        return self._show(len(self._held))

    def _passed(self, piece: str) -> str:
        if leaked := self._leaks.add(piece):
            raise Unsupported(Failure("prompt_leak", leaked))
        self._held += piece
        shown = ""
        while self._held:
            before = self._sentence[-1:]
            text = same_length_fold(before + self._held)
            start, whole = claim_in(text, len(before))
            shown += self._show(start - len(before))
            if not whole or not (end := self._end_of_claim()):
                break
            self._check(self._held[:end])
            shown += self._show(end)
        return shown

    def _show(self, end: int) -> str:
        shown, self._held = self._held[:end], self._held[end:]
        self._sentence += shown
        if shown.strip(" "):
            self._begins_line = shown.rstrip(" ").endswith("\n")
        if not MARKS.isdisjoint(shown):
            *_, self._sentence = SENTENCE_END.split(self._sentence)
        return shown

    def _end_of_claim(self) -> int:
        """A figure ends with the word after it, other claims with their clause, a figure that only
        the customer named with its sentence; 0 till then."""
        said = same_length_fold(self._held)
        found = _figure().match(said) or CLAUSE_END.search(said)
        if found and has_echo(self._held[: found.end()], self._evidence, self._language):
            found = SENTENCE_END.search(said, pos=found.end() - 1)
        if found is not None:
            return int(found.end())
        return len(self._held) if len(self._held) > LONGEST_CLAUSE else 0

    def _check(self, claim: str) -> None:
        *_, clause = CLAUSE_END.split(self._sentence)
        before = clause if self._begins_line else clause or NOT_FIRST
        failure = unsupported_in(claim, self._evidence, self._language, before)
        failure = failure or affirmed_echo(self._sentence + claim, self._evidence, self._language)
        if failure is not None:
            raise Unsupported(failure)


@lru_cache(maxsize=1)
def _figure() -> regex.Pattern[str]:
    """A number, in digits or words, and the whole word after it: its unit, if it has one."""
    words = (
        rf"(?:(?:{NUMBER_WORDS})(?:[\s-]+(?:and|e|y|und)(?=\s))?[\s-]+)++(?!(?:{NUMBER_WORDS})\b)"
    )
    return regex.compile(
        rf"(?:[$€£]\s?)?(?:\d[\d.,:]*+(?:\s\d{{3}}\b)*+[\s-]?|{words})[^\s\d]\S*\s"
    )


@lru_cache(maxsize=8192)
def claim_in(text: str, start: int) -> tuple[int, bool]:
    """Where a claim begins, its end of the text when there is none; and whether it is one already
    or may still become one. Tokens are few and come again."""
    found = _may_be_claim().search(text, pos=start, partial=True)
    return (found.start(), not found.partial) if found else (len(text), False)


@lru_cache(maxsize=1)
def _may_be_claim() -> regex.Pattern[str]:
    """A whole match is a claim to check; a match cut off by the end may become one."""
    return regex.compile(
        rf"(?<!\w)\d|[$€£]|https?:|www\.|//\w|\]\(|(?<=\w)[.@:](?=[a-z])|(?<!\w)(?:{NUMBER_WORDS})(?!\w)|(?<!\w)(?:{any_commitment()})"
    )
