"""The desk: everything staff work with."""

from dataclasses import dataclass

from app.desk.cases import Cases
from app.desk.drafting import Drafting
from app.desk.lessons import Lessons
from app.desk.overview import Overview
from app.desk.reading import Reading


@dataclass(frozen=True, slots=True)
class Desk:
    """One per process."""

    cases: Cases
    reading: Reading
    drafting: Drafting
    lessons: Lessons
    overview: Overview
