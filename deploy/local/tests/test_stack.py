"""Services as processes: started, killed, paused and started again at the same address, with errors a person can use."""

from pathlib import Path

import httpx
import pytest

from ombud_local.children import StartFailed
from ombud_local.infrastructure import Infrastructure
from ombud_local.stack import Stack


def test_a_service_answers_stops_in_order_and_returns_to_its_address(stack: Stack) -> None:
    first = stack.start("billing")
    first.wait_ready()
    assert first.terminate() == 0
    second = stack.start("billing")
    second.wait_ready()
    assert (second.url, second.pid == first.pid) == (first.url, False)


def test_a_killed_service_is_gone_and_can_be_started_again(stack: Stack) -> None:
    first = stack.start("billing")
    first.wait_ready()
    first.kill9()
    assert first.exit_code == -9
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first.url}/livez", timeout=2)
    stack.start("billing").wait_ready()


def test_a_paused_service_keeps_its_connections_and_answers_when_resumed(stack: Stack) -> None:
    service = stack.start("billing")
    service.wait_ready()
    service.pause()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{service.url}/livez", timeout=1)
    service.resume()
    assert httpx.get(f"{service.url}/livez", timeout=10).status_code == 200


def test_a_paused_service_is_stopped_all_the_same(stack: Stack) -> None:
    service = stack.start("billing")
    service.wait_ready()
    service.pause()
    assert stack.stop_all() == {"billing-1": 0}


def test_two_replicas_have_addresses_of_their_own(stack: Stack) -> None:
    one, two = stack.start("billing", 1), stack.start("billing", 2)
    assert one.url != two.url
    one.wait_ready()
    two.wait_ready()


def test_a_service_that_dies_at_start_is_reported_with_its_last_words(stack: Stack) -> None:
    service = stack.start("billing", OMBUD_PRODUCER_ACKS="0")
    with pytest.raises(StartFailed, match=r"(?s)billing 1 ended with 2.*producer_acks=0 loses events"):
        service.wait_ready()


def test_a_replica_that_runs_is_not_started_twice(stack: Stack) -> None:
    stack.start("billing")
    with pytest.raises(ValueError, match="runs already"):
        stack.start("billing")


def test_an_unknown_service_is_refused_with_the_known_ones(stack: Stack) -> None:
    with pytest.raises(ValueError, match="sla-monitor"):
        stack.start("shipping")


def test_topics_that_cannot_be_provisioned_fail_the_start_with_the_reason(tmp_path: Path) -> None:
    nowhere = Infrastructure("external", "127.0.0.1:1", "mongodb://127.0.0.1:1", {})
    with (
        Stack(nowhere, tmp_path) as stack,
        pytest.raises(StartFailed, match=r"(?s)topic provisioning failed.*127.0.0.1:1"),
    ):
        stack.prepare()
