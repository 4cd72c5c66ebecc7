"""Two texts side by side: words by words, tables by cells (fault L2)."""

from workflows.files.comparison import Part, Table, blocks, compare

OLD = "Before.\n\n| Year | Homes |\n| --- | --- |\n| 2027 | 4,200 |\n| 2028 | a\\|b |\n\nAfter."
NEW = (
    "Before.\n\n| Year | Homes |\n| --- | --- |\n| 2027 | 4,300 |\n| 2028 | a\\|b |\n| 2029 | 1 |\n"
)


def text_in(part: Part) -> list[list[str]]:
    """The cells of a compared table, with what is gone in brackets and what is new in braces."""
    signs = {"same": "{}", "gone": "[{}]", "new": "{{{}}}"}
    return [
        ["".join(signs[kind].format(words) for kind, words in cell) for cell in row]
        for row in part.rows
    ]


def test_a_table_is_compared_cell_by_cell() -> None:
    """Fault L2: a table stays a table, also where the words around it changed."""
    before, table, after = compare(blocks(OLD), blocks(NEW))
    assert [kind for kind, _ in before.words] == ["same"]
    assert text_in(table) == [
        ["Year", "Homes"],
        ["2027", "[4,200]{4,300}"],
        ["2028", "a|b"],
        ["{2029}", "{1}"],
    ]
    assert after.words == (("gone", "\nAfter."),)


def test_a_table_that_came_or_went_is_shown_whole() -> None:
    """Fault L2."""
    (came,) = compare([], blocks("| A |\n|---|\n| b |"))
    assert text_in(came) == [["{A}"], ["{b}"]]
    (went,) = compare(blocks("| A |\n|---|\n| b |"), [])
    assert text_in(went) == [["[A]"], ["[b]"]]


def test_words_with_a_bar_are_no_table() -> None:
    assert blocks("this | that\nand more") == ["this | that\nand more"]
    assert blocks("") == []
    assert isinstance(blocks("a | b\n--- | ---\n1 | 2")[0], Table)


def test_words_are_compared_as_words() -> None:
    (part,) = compare(blocks("Homes for all."), blocks("Warm homes for all."))
    assert part.words == (("gone", "Homes "), ("new", "Warm homes "), ("same", "for all."))
