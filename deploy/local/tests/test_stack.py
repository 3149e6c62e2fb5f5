"""Services as processes: started, killed, paused and started again at the same address, with errors a person can use."""

from pathlib import Path

import httpx
import pytest

from ombud_local.children import StartFailed
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack


@pytest.fixture
def running(stack: Stack) -> ServiceProcess:
    """The first replica of billing, ready: the one of the test before, if it still runs."""
    running = [p for p in stack.processes if (p.replica, p.exit_code) == (1, None)]
    process = running[0] if running else stack.start("billing")
    process.wait_ready()
    return process


def test_a_service_answers_stops_in_order_and_returns_to_its_address(stack: Stack) -> None:
    first = stack.start("billing")
    first.wait_ready()
    assert first.terminate() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first.url}/livez", timeout=2)
    second = stack.start("billing")
    assert (second.url, second.pid == first.pid) == (first.url, False)
    second.wait_ready()


def test_a_killed_service_is_gone_and_can_be_started_again(stack: Stack, running: ServiceProcess) -> None:
    running.kill9()
    assert running.exit_code == -9
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/livez", timeout=2)
    stack.start("billing").wait_ready()


def test_a_paused_service_keeps_its_connections_and_answers_when_resumed(running: ServiceProcess) -> None:
    service = running
    service.pause()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{service.url}/livez", timeout=1)
    service.resume()
    assert httpx.get(f"{service.url}/livez", timeout=10).status_code == 200


def test_two_replicas_have_addresses_of_their_own(stack: Stack, running: ServiceProcess) -> None:
    other = stack.start("billing", 2)
    assert other.url != running.url
    other.wait_ready()
    assert httpx.get(f"{running.url}/livez", timeout=10).status_code == 200


def test_a_service_that_dies_at_start_is_reported_with_its_last_words(stack: Stack) -> None:
    service = stack.start("billing", 3, OMBUD_PRODUCER_ACKS="0")
    with pytest.raises(StartFailed, match=r"(?s)billing 3 ended with 2.*producer_acks=0 loses events"):
        service.wait_ready()


def test_a_replica_that_runs_is_not_started_twice(stack: Stack, running: ServiceProcess) -> None:
    assert running.exit_code is None
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


def test_all_are_stopped_a_paused_one_among_them(stack: Stack, running: ServiceProcess) -> None:
    """Last in this module: nothing of its stack runs any more."""
    running.pause()
    assert stack.stop_all()["billing-1"] == 0
