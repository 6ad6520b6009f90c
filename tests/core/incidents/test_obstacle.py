"""Why an Alertmanager did not do it, in words."""

import pytest

from alertbridge.core.incidents.obstacle import Obstacle, note, told


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_words_with_its_status(obstacle: Obstacle) -> None:
    for words in told(note(obstacle, 503)).values():
        assert ("503" in words) is (obstacle not in (Obstacle.UNREACHABLE, Obstacle.UNCONFIGURED))


@pytest.mark.parametrize("cause", ["", "Cannot connect to host am:9093 ssl:default", note(Obstacle.UNREACHABLE)])
def test_what_the_network_said_is_never_repeated(cause: str) -> None:
    assert told(cause)["en"] == "Alertmanager cannot be reached"
