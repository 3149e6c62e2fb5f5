"""What is kept of a run is read as it was written, and each run is counted once."""

from collections import Counter
from pathlib import Path

import pytest
from attempts import Attempts, kept_in

TRIED = Counter({("accept an offer", True): 2, ("accept an offer", False): 5, ("decide", False): 1})


def test_runs_add_up(tmp_path: Path) -> None:
    document = tmp_path / "attempts.md"
    for first, last in ((1, 3), (7, 9)):
        document.write_text(kept_in(document).with_run(first, last, TRIED, Counter(RefundPaid=2)).text())
    kept = kept_in(document)
    assert (kept.seeds, kept.told) == ([(1, 3), (7, 9)], {"RefundPaid": 4})
    assert (kept.tried["accept an offer", True], kept.tried["accept an offer", False]) == (4, 10)
    assert "Seeds 1 to 3, 7 to 9; 16 actions, of which 4 took effect." in document.read_text()


def test_a_seed_is_not_counted_twice() -> None:
    with pytest.raises(ValueError, match="begin with another --seed"):
        Attempts([(5, 9)]).with_run(9, 12, TRIED, Counter())


def test_what_stands_beside_it_is_read_whole() -> None:
    document = Path(__file__).with_name("adversary.md")
    assert kept_in(document).text() == document.read_text()
