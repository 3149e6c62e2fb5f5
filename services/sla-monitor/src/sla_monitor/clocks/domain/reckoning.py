"""Obligations as a pure function of what happened: facts sorted by event time in, rounds with their verdicts out.

The order in which facts arrive cannot matter here, because it is not seen.
"""

from collections.abc import Sequence

from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.round import Run, Verdict
from sla_monitor.rules.domain import UNDOES, ClockKind, ClockPolicy, Rules, Signal
from sla_monitor.working_time.domain import Stopped, micros


def reckon(kind: ClockKind, facts: Sequence[Fact], rules: Rules, gates: Sequence[bool] | None = None) -> list[Run]:
    """The rounds that facts make, sorted by `place`, under the versions in force when each round started.

    `gates` says which gates were open before the first fact, when earlier facts were folded away.
    Raises UnknownVersion, and what working time refuses.
    """
    if not facts:
        return []
    reckoner = _Reckoner(kind, facts, rules, gates)
    for fact in facts:
        reckoner.take(fact)
    return reckoner.runs


def gates_after(kind: ClockKind, facts: Sequence[Fact], rules: Rules, gates: Sequence[bool] | None) -> tuple[bool, ...]:
    """Which gates are open after facts that are about to be folded away."""
    reckoner = _Reckoner(kind, facts, rules, gates)
    for fact in facts:
        reckoner.take(fact)
    return tuple(reckoner.gates)


def _gates_at_birth(kind: ClockKind, facts: Sequence[Fact], rules: Rules) -> list[bool]:
    first = next((fact for fact in facts if fact.signal is not Signal.TIME_CREDITED), facts[0])
    row = rules.policies.found(kind, micros(first.at))
    return [gate.open_at_birth for gate in row.gates] if row else []


class _Reckoner:
    """The walk over the facts: which round is open, which gates."""

    def __init__(self, kind: ClockKind, facts: Sequence[Fact], rules: Rules, gates: Sequence[bool] | None) -> None:
        self.kind = kind
        self.rules = rules
        self.runs: list[Run] = []
        self.open: Run | None = None
        self.unanswered = False
        """Somebody waits for an answer that was not the owner's to give since a gate closed."""
        self.owner: str | None = None
        """Who owes the action since it was last moved; None: the owner of the row."""
        self.gates = list(gates) if gates is not None else _gates_at_birth(kind, facts, rules)
        self.credits = [
            Stopped(micros(fact.counts_from), micros(fact.until), fact.reasons[0] if fact.reasons else "credit")
            for fact in facts
            if fact.signal is Signal.TIME_CREDITED and fact.counts_from and fact.until and fact.until > fact.counts_from
        ]

    def take(self, fact: Fact) -> None:
        at, signal = micros(fact.counts_at), fact.signal
        if signal is Signal.TIME_CREDITED:
            return  # left out of every round at once, whenever it began
        row = self.open.row if self.open else self.rules.policies.found(self.kind, at)
        if row is None:
            return  # the kind is retired, and nothing of it runs any more
        if signal in row.gate_signals:
            self._turn_gates(row, signal, at)
        if signal in UNDOES:
            self._undo(row, fact, at)
            return
        self._move_owner(row.owner_after(signal))
        if self.open is not None:
            self._tell_open(self.open, fact, at)
        if self.open is None:
            self._begin(row, fact, at)
        elif signal in self.open.row.starts and fact.id != self.open.start_id:
            self.open.ids.append(fact.id)

    def _turn_gates(self, row: ClockPolicy, signal: Signal, at: int) -> None:
        self._know_gates(row)
        for number, gate in enumerate(row.gates):
            if signal in gate.opened_by:
                self.gates[number] = True
            elif signal in gate.closed_by:
                self.gates[number] = False
                self.unanswered = self.open is not None and signal is Signal.TAKEOVER_ACTIVATED
                self._settle(at, Verdict.VOID, signal)

    def _undo(self, row: ClockPolicy, fact: Fact, at: int) -> None:
        """Take back what an earlier signal did: what it began is void, what it kept from going on goes on (S-3)."""
        self._know_gates(row)
        undone = UNDOES[fact.signal]
        self._move_owner(row.owner if row.owner_after(undone) else None)
        if self.open is not None and self.open.row.begins_by(undone):
            self.open.annul(at, fact.signal.value)
            self.open = None
        for number, gate in enumerate(row.gates):
            if undone in gate.closed_by or undone in gate.opened_by:
                self.gates[number] = undone in gate.closed_by
        if row.closed_by_takeover and self.unanswered and False not in self.gates[: len(row.gates)]:
            self._owe_again(row, fact, at)

    def _move_owner(self, owner: str | None) -> None:
        self.owner = owner or self.owner
        if self.open is not None:
            self.open.owner = owner or self.open.owner

    def _owe_again(self, row: ClockPolicy, fact: Fact, at: int) -> None:
        """The round that the takeover ended goes on with the time it had left; without one, a new one begins."""
        last = self.runs[-1] if self.runs else None
        if last is not None and (last.verdict, last.cause) == (Verdict.VOID, Signal.TAKEOVER_ACTIVATED.value):
            last.continue_from(at, fact.signal.value)
            self.open = last
        else:
            self._start(row, fact, at)
        self.unanswered = False

    def _know_gates(self, row: ClockPolicy) -> None:
        self.gates += [gate.open_at_birth for gate in row.gates[len(self.gates) :]]

    def _settle(self, at: int, verdict: Verdict, cause: Signal) -> None:
        if self.open is not None:
            self.open.settle(at, verdict, cause.value)
            self.open = None

    def _tell_open(self, run: Run, fact: Fact, at: int) -> None:
        row, signal = run.row, fact.signal
        if signal in row.satisfies:
            self._settle(at, Verdict.MET, signal)
        elif signal in row.waives:
            self._settle(at, Verdict.WAIVED, signal)
        elif signal in row.voids or signal is Signal.CASE_MERGED_AWAY:
            self._settle(at, Verdict.VOID, signal)
        elif signal in row.pauses:
            cause = fact.reasons[0] if fact.reasons else signal.value
            run.begin_pause(at, cause, micros(fact.until) if fact.until else None)
        elif signal in row.resumes:
            run.end_pause(at)
        else:
            self._adjust(run, fact, at)

    def _adjust(self, run: Run, fact: Fact, at: int) -> None:
        calendars, policies = self.rules.calendars, self.rules.policies
        match fact.signal:
            case Signal.PAUSE_EXTENDED:
                run.extend_pause(at, fact.seconds or 0)
            case Signal.PROMISED_EARLIER:
                run.promise_anew(fact)
            case Signal.OWNER_MOVED:
                run.owner = fact.owner or run.owner
            case Signal.CASES_MERGED if fact.counts_from is not None:
                run.begin_earlier(micros(fact.counts_from))
            case Signal.CALENDAR_CORRECTED if fact.version and fact.ref in (None, run.working.calendar.id):
                run.correct(calendars.version(run.working.calendar.id, fact.version))
            case Signal.POLICY_MIGRATED if fact.version:
                row = policies.version(self.kind, fact.version)
                run.migrate(row, calendars.in_force(row.calendar, run.start), at)

    def _begin(self, row: ClockPolicy, fact: Fact, at: int) -> None:
        last = self.runs[-1] if self.runs else None
        signal = fact.signal
        if len(self.gates) < len(row.gates):
            self._know_gates(row)
        if False in self.gates[: len(row.gates)]:
            self._note_while_closed(row, signal)
            return
        if last is not None and (
            (signal in row.revokes and last.verdict is Verdict.WAIVED)
            or (signal in row.continues and last.verdict is Verdict.MET)
        ):
            last.continue_from(at, last.cause)
            last.owner = self.owner or last.owner
            self.open = last
            return
        if signal is Signal.HANDED_BACK and row.closed_by_takeover and not self.unanswered:
            return  # nobody waits for an answer: nothing is owed
        merged_in = signal is Signal.CASES_MERGED and fact.counts_from is not None
        if signal not in row.starts and not merged_in:
            return
        self._start(row, fact, micros(fact.counts_from) if merged_in and fact.counts_from else at)

    def _note_while_closed(self, row: ClockPolicy, signal: Signal) -> None:
        if signal in row.revokes or (signal in row.starts and signal is not Signal.HANDED_BACK):
            self.unanswered = True
        elif signal in row.noted or signal in row.satisfies or signal in row.waives:
            self.unanswered = False

    def _start(self, row: ClockPolicy, fact: Fact, start: int) -> None:
        working = self.rules.calendars.in_force(row.calendar, start)
        self.open = Run(fact, start, row, working, self.credits)
        self.open.owner = fact.owner or self.owner or row.owner
        self.runs.append(self.open)
        self.unanswered = False
