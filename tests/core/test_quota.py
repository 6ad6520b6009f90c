"""Who goes first when calls wait, and how one learns to come back."""

from alertbridge.core.quota import Priority, QuotaWait


def test_a_page_goes_before_everything_else() -> None:
    assert min(Priority) is Priority.PAGE
    assert max(Priority) is Priority.DECORATION


def test_who_has_to_wait_is_told_how_long() -> None:
    wait = QuotaWait(2.54)

    assert wait.wait_seconds == 2.54
    assert str(wait) == "the quota has room again in 2.5 s"
