"""What stands beside a return: the slot of its line, and the parcels that carriers tell of."""

from dataclasses import replace

import pytest
from returns_situations import LATER, NOON, given

from disputes.refusals import ParcelOfAnotherReturn, ReturnAlreadyLive, ReturnRefusedBefore
from disputes.returns.domain import BindParcel, Free, KeepScan, KeepWindow, Occupy, Parcel, ReleaseParcel, Scan
from disputes.returns.domain.parcel import ParcelBound, ParcelReleased, ScanKept
from disputes.returns.domain.slot import Freed, Occupied, WindowKept
from disputes.returns.store import PARCELS, RETURN_SLOTS, parcel_of

TAKE, FREE = Occupy("ret_1", NOON), Free("ret_1", refused=False, at=LATER)
NEXT = Occupy("ret_2", LATER)
SCAN = Scan("received", "dpd", NOON)
UNKNOWN = KeepScan(SCAN, ended=False, market=None, at=NOON)


def test_a_line_has_one_live_return() -> None:
    taken = given(RETURN_SLOTS, TAKE)
    assert taken.when(NEXT).then_refused(ReturnAlreadyLive).facts == {"return_id": "ret_1"}
    taken.when(TAKE).then_nothing()
    taken.when(FREE).then(Freed(refused=False, at=LATER), return_id=None)
    given(RETURN_SLOTS, TAKE, FREE).when(NEXT).then(Occupied("ret_2", LATER), return_id="ret_2")


def test_the_end_of_an_earlier_return_frees_nothing() -> None:
    given(RETURN_SLOTS, TAKE, FREE, NEXT).when(FREE).then_nothing()


def test_what_was_refused_for_a_lawful_ground_is_not_requested_again() -> None:
    given(RETURN_SLOTS, TAKE, replace(FREE, refused=True)).when(NEXT).then_refused(ReturnRefusedBefore)


def test_a_lapse_by_a_deadline_that_had_not_passed_keeps_the_window_until_the_next_request() -> None:
    lapsed = given(RETURN_SLOTS, TAKE, FREE)
    kept = lapsed.when(KeepWindow(LATER)).then(WindowKept(LATER), window_kept=True)
    assert RETURN_SLOTS.evolve(kept, Occupied("ret_2", LATER)).window_kept is False
    given(RETURN_SLOTS, TAKE, FREE, KeepWindow(LATER)).when(KeepWindow(LATER)).then_nothing()


@pytest.mark.rule("S-10")
def test_what_nobody_can_place_is_kept_with_its_reason_until_a_return_names_the_parcel() -> None:
    """INVARIANT: would break if a scan were lost that came before the buyer said how the item was sent."""
    given(PARCELS).when(UNKNOWN).then(
        ScanKept(SCAN, "unknown_parcel", None, NOON), scans=(SCAN,), refused="unknown_parcel"
    )
    bound = given(PARCELS, UNKNOWN).when(BindParcel("ret_1", LATER))
    bound.then(ParcelBound("ret_1", LATER), return_id="ret_1", refused=None, at=LATER)


def test_a_parcel_belongs_to_one_return() -> None:
    given(PARCELS, BindParcel("ret_1", NOON)).when(BindParcel("ret_2", LATER)).then_refused(ParcelOfAnotherReturn)
    given(PARCELS, BindParcel("ret_1", NOON)).when(BindParcel("ret_1", LATER)).then_nothing()


def test_items_of_one_order_may_come_back_in_one_box() -> None:
    shared = given(PARCELS, BindParcel("ret_1", NOON)).when(BindParcel("ret_2", LATER, shares_with=("ret_1",)))
    assert shared.after is not None
    assert shared.after.return_ids == ("ret_1", "ret_2")


def test_a_parcel_that_was_never_sent_is_free_for_the_next_return() -> None:
    taken = given(PARCELS, BindParcel("ret_1", NOON)).when(BindParcel("ret_2", LATER, instead_of=("ret_1",)))
    assert taken.after is not None
    assert taken.after.return_ids == ("ret_2",)


def test_a_number_that_was_a_mistake_is_let_go() -> None:
    """Would break if a mistyped number kept the parcel of somebody else."""
    given(PARCELS, BindParcel("ret_1", NOON)).when(ReleaseParcel("ret_1", LATER)).then(
        ParcelReleased("ret_1", LATER), return_id=None, at=LATER
    )
    given(PARCELS, BindParcel("ret_1", NOON)).when(ReleaseParcel("ret_2", LATER)).then_nothing()


def test_a_scan_after_the_end_of_its_return_is_kept_with_its_reason() -> None:
    late = replace(UNKNOWN, ended=True, market="lv")
    state = given(PARCELS, BindParcel("ret_1", NOON), late).state
    assert state == Parcel("ret_1", (SCAN,), "return_ended", "lv", NOON)
    given(PARCELS, BindParcel("ret_1", NOON), late).when(late).then_nothing()


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert parcel_of("0530 8955-12 lv") == parcel_of(" 05308955-12LV") == parcel_of("0530895512LV")
