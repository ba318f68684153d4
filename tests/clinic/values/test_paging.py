"""A page is cut from one row more than it holds."""

from clinic.values.paging import Page, PageRequest, SortKey


def test_one_row_more_than_the_page_is_fetched() -> None:
    assert PageRequest(20).fetch == 21


def test_page_of_rows_tells_what_lies_on_either_side() -> None:
    key: SortKey = ("a",)
    assert Page.of([1, 2, 3], PageRequest(2)) == Page((1, 2), True, False)
    assert Page.of([1, 2], PageRequest(2)) == Page((1, 2), False, False)
    assert Page.of([1, 2], PageRequest(2, after=key)) == Page((1, 2), False, True)
    assert Page.of([3, 2, 1], PageRequest(2, backwards=True)) == Page((2, 3), False, True)
    assert Page.of([3, 2], PageRequest(2, before=key, backwards=True)) == Page((2, 3), True, False)
    assert Page.of([], PageRequest(2)) == Page((), False, False)
