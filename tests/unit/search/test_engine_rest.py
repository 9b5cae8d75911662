"""An engine that did not answer in time is left in peace for a while."""

from __future__ import annotations

from rushes.search.engine_rest import REST_SECONDS, EngineRest


def test_after_a_time_out_one_question_at_a_time_tries_it_out() -> None:
    now = 0.0
    rest = EngineRest(lambda: now)
    assert rest.may_ask()
    assert rest.may_ask()
    rest.timed_out()
    assert not rest.may_ask()
    now = REST_SECONDS
    assert rest.may_ask()
    assert not rest.may_ask()
    rest.answered()
    assert rest.may_ask()
    assert rest.may_ask()
