"""A measured figure beside its floor, as `make eval` prints and judges it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`at_most` figures must stay below their floor, all others above; goals are only shown."""

    name: str
    value: float
    floor: float
    goal: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        return self.value <= self.floor if self.at_most else self.value >= self.floor


def print_figures(figures: Sequence[Figure]) -> None:
    print(f"\n{'figure':52} {'measured':>9} {'floor':>7} {'goal':>7}")
    for each in figures:
        sign = "<=" if each.at_most else ">="
        verdict = "" if each.holds else "   below the floor"
        floor, goal = f"{sign}{each.floor:.2f}", f"{sign}{each.goal:.2f}"
        print(f"{each.name:52} {each.value:9.3f} {floor:>7} {goal:>7}{verdict}")
