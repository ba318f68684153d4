"""What was made of a row is kept while the row is the same object, and never for more rows or longer than is said."""

from api.server.kept import Kept


def test_a_row_is_made_once_and_an_equal_one_by_itself() -> None:
    made: list[list[int]] = []

    def make(row: list[int]) -> list[int]:
        made.append(row)
        return [*row, 0]

    kept = Kept(make, most=2, seconds=1_000)
    one, equal, third = [1], [1], [3]
    first = kept.of(one)
    assert kept.of(one) is first
    assert kept.of(equal) is not first
    assert len(made) == 2
    # A third is one too many: the others are forgotten.
    kept.of(third)
    assert kept.of(one) is not first
    assert len(made) == 4


def test_nothing_is_kept_beyond_its_time() -> None:
    kept: Kept[tuple[int], list[int]] = Kept(list, most=10, seconds=-1)
    one, other = (1,), (2,)
    first = kept.of(one)
    kept.of(other)
    assert kept.of(one) is not first
