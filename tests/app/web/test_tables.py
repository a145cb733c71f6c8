"""Lists as spreadsheets: what would be a formula is text."""

from app.web import tables


def test_a_text_that_would_be_a_formula_gets_an_apostrophe_and_numbers_stay_numbers() -> None:
    assert [tables.cell(each) for each in ("-1", "@x", "\t=1", " =1", "+1", "a=b", -1, None)] == [
        "'-1", "'@x", "'\t=1", "' =1", "'+1", "a=b", -1, "",
    ]  # fmt: skip
