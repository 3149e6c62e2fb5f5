"""Deployments that share a cluster are told apart by their namespaces, and the one without has names of its own too."""

from itertools import combinations

import pytest

from ombud_contracts import groups
from ombud_contracts.cluster import SERVICES, TAKEN, Cluster, provisioned

PLAIN = sorted({topic.name for topic in provisioned()})


def test_what_is_taken_is_what_names_without_a_namespace_begin_with() -> None:
    """INVARIANT: would break if a service or a sender were added, and its name could still be a namespace."""
    assert {*SERVICES, "marketplace", "ombud"} == TAKEN
    assert {name.partition(".")[0] for name in [*PLAIN, *(group.name for group in groups.ALL)]} <= TAKEN


@pytest.mark.parametrize("namespace", sorted(TAKEN))
def test_a_taken_namespace_is_refused(namespace: str) -> None:
    with pytest.raises(ValueError, match="taken by the deployment without a namespace"):
        Cluster(namespace=namespace)


def test_no_name_and_no_user_is_shared_by_two_namespaces() -> None:
    """Prefixes too: whoever looks for names that begin with a namespace finds its own alone."""
    clusters = [Cluster(namespace=name) for name in ("", "lv", "lv-es", "es", "ombud-lv", "sla", "billing-lv")]
    for one, other in combinations(clusters, 2):
        for names in (PLAIN, [group.name for group in groups.ALL]):
            assert not {one.name(name) for name in names} & {other.name(name) for name in names}
        assert not {one.user(service) for service in SERVICES} & {other.user(service) for service in SERVICES}
        assert not [name for name in PLAIN if one.name(name).startswith(f"{other.namespace}.")]
        assert not [name for name in PLAIN if other.name(name).startswith(f"{one.namespace}.")]
