"""A consumer that learns nothing while the broker answers others: bookkeeping without a clock."""

from chassis.silence import Silence


def test_silence_lasts_from_the_first_look_in_vain() -> None:
    silence = Silence()
    assert silence.seconds(100.0) == 0.0
    for now in (100.0, 130.0):
        silence.go_on(now, broker_answers=True)
    assert silence.seconds(160.0) == 60.0


def test_silence_ends_when_what_waits_is_known() -> None:
    silence = Silence()
    silence.go_on(100.0, broker_answers=True)
    silence.end()
    assert silence.seconds(160.0) == 0.0


def test_an_outage_of_the_broker_is_not_silence_and_what_came_before_it_does_not_count() -> None:
    """INVARIANT: F7; would break if a replica were not ready because the broker alone is down."""
    silence = Silence()
    silence.go_on(100.0, broker_answers=True)
    silence.go_on(110.0, broker_answers=False)
    assert silence.seconds(1_000.0) == 0.0
    silence.go_on(1_000.0, broker_answers=True)
    assert silence.seconds(1_030.0) == 30.0
