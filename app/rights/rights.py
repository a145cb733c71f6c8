"""The rights over personal data as one."""

from dataclasses import dataclass

from app.rights.erasure import Erasure
from app.rights.export import Export
from app.rights.retention import Retention
from app.rights.reveal import Reveal


@dataclass(frozen=True, slots=True)
class Rights:
    """One per process."""

    export: Export
    erasure: Erasure
    reveal: Reveal
    retention: Retention
