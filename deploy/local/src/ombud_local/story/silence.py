"""The main thread of the story, in Latvian: nobody answers, the platform takes over, mediates, charges and refunds."""

import base64
from datetime import UTC, datetime

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World, month_in
from ombud_words import BuyerId, CaseId, SellerId

_PARCEL = "05308955120024"
PICTURE = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()
MARKET = "demo-lv"


async def play(world: World) -> None:
    """Play chapters 1 to 4, 6 to 8 and 9 to 12. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_anna"), world.person("seller", "sel_riga")
    agent, mediator = world.person("agent", "agt_ilze"), world.person("mediator", "med_janis")
    supervisor = world.person("supervisor", "sup_marta")
    case_id = await _contact(world, buyer, seller)
    await _answers_that_are_none(world, buyer, seller, case_id)
    breach = await _silence(world, agent, case_id)
    await _takeover(world, buyer, seller, agent, case_id, breach)
    dispute = await _mediation(world, buyer, seller, mediator, case_id)
    await _way_back(world, buyer, dispute)
    await _money(world, seller, agent, supervisor, case_id, dispute)
    await _ending(world, buyer, seller, agent, case_id)


async def _contact(world: World, buyer: Person, seller: Person) -> CaseId:
    true = world.record.true
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Phone 12, 128 GB")
    text = f"Labdien! Telefons vairs neieslēdzas. IMEI {bought.imei}, Apple ID ir mans. Ko man darīt?"
    opened = await world.open_case(buyer, bought, "DEFECTIVE", text)
    case_id: CaseId = opened["case_id"]
    true(1, "the case has a number at once", opened["number"].startswith("DEMO-LV-"), opened["number"])
    true(1, "its priority comes with reasons", opened["priority_reasons"], opened)
    first = (await world.thread(seller, case_id))[0]
    true(1, "the first message is in the thread, without any retry", first["text"] == text, first)
    true(2, "an IMEI and an Apple ID are not contact data and are delivered as written", not first["redacted"], first)
    entry = (await world.happened(buyer, case_id, "messaging.message_delivered"))[0]
    true(2, "events carry the message by reference, not its text", text not in str(entry), entry)
    clock = await world.clock_with(buyer, case_id, "reply", ("RUNNING",))
    counted = sum(s["seconds"] for s in clock["trace"]["segments"] if s["counted"])
    true(
        3,
        "a reply obligation runs; its trace adds up to the target",
        counted == clock["trace"]["target_seconds"],
        clock,
    )
    true(3, "policy and calendar versions are pinned", clock["policy_version"] and clock["trace"]["calendar_version"])
    return case_id


async def _answers_that_are_none(world: World, buyer: Person, seller: Person, case_id: CaseId) -> None:
    true = world.record.true
    attempts = (
        ("Zvaniet man uz +371 2912 3456, tā būs ātrāk.", "thread", "blocked"),
        ("Automātiska atbilde: šobrīd esmu atvaļinājumā un atgriezīšos pirmdien.", "thread", "automated"),
        (
            "Bitte schicken Sie das Telefon an uns zurück, wir reparieren es innerhalb einer Woche.",
            "thread",
            "wrong_language",
        ),
        ("Piezīme sev: pārbaudīt noliktavā, vai ir cits eksemplārs.", "internal", "internal_note"),
    )
    for text, audience, reason in attempts:
        posted = await world.write(seller, case_id, text, audience)
        why = posted["not_qualifying_because"]
        true(4, f"an answer is none because it is {reason.replace('_', ' ')}", reason in why, posted)
    seen = await world.thread(buyer, case_id, at_least=3)
    true(4, "the contact attempt and the note did not reach the buyer", len(seen) == 3, [m["text"] for m in seen])
    clock = await world.clock(buyer, case_id, "reply")
    true(4, "the obligation still runs", clock and clock["verdict"] == "RUNNING", clock)


async def _silence(world: World, agent: Person, case_id: CaseId) -> Json:
    true = world.record.true
    breach = (await world.happened(agent, case_id, "sla-monitor.clock_breached", within_seconds=60))[0]
    entries = await world.timeline(agent, case_id)
    clock_id = breach["summary"]["clock_id"]
    of_clock = [e for e in entries if e["summary"].get("clock_id") == clock_id]
    warned = [e["summary"]["percent"] for e in of_clock if e["type"] == "sla-monitor.clock_warned"]
    true(6, "warnings came at 50, 75 and 90 %, each once", warned == [50, 75, 90], warned)
    breaches = [e for e in of_clock if e["type"] == "sla-monitor.clock_breached"]
    true(6, "the breach was announced once", len(breaches) == 1, breaches)
    due = datetime.fromisoformat(breach["summary"]["due_by"])
    true(6, "it was not announced early", datetime.now(UTC) >= due, breach)
    return breach


async def _takeover(world: World, buyer: Person, seller: Person, agent: Person, case_id: CaseId, breach: Json) -> None:
    true = world.record.true
    await world.happened(agent, case_id, "ticketing.takeover_activated")
    answer = await agent.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")
    record = answer.json()[0]
    true(
        7,
        "the platform took the contact over by itself",
        record["trigger"] == "T1" and record["decided_by"] == "system",
    )
    true(
        7, "the decision names its clause, facts, scope and appeal", record["clause"] and record["appeal_until"], record
    )
    true(7, "its facts are the breach", record["facts"] == [breach["event_id"]], record["facts"])
    true(7, "its deadline trace adds up", record["counted_seconds"] == 20, record["counted_seconds"])
    for reader in (buyer, seller):
        notices = (await reader.get("ticketing", f"/cases/{case_id}/notices"))["notices"]
        true(7, f"the {reader.role} has a notice in Latvian", "platforma" in notices[-1]["text"], notices)

    async def refusal() -> Json | None:
        answer = await seller.ask(
            "POST", "messaging", f"/conversations/{case_id}/messages", {"text": "Es tomēr gribu atbildēt pats."}
        )
        return answer.json() if answer.status_code == 409 else None

    refused = await until("the seller to be refused", refusal)
    true(
        8,
        "the seller reads and may not write: why, since when, what unlocks",
        refused["unlocked_by"] == "hand_back",
        refused,
    )
    await seller.get("messaging", f"/conversations/{case_id}/messages")

    async def own_clock() -> Json | None:
        view = await buyer.get("ticketing", f"/cases/{case_id}")
        return next((d for d in view["deadlines"] if d["kind"] == "platform_reply"), None)

    own = await until("the platform's own deadline on the buyer's screen", own_clock)
    true(8, "the platform's own clock runs, and the buyer sees it", own["verdict"] == "RUNNING", own)
    await world.write(agent, case_id, "Labdien! Tālāk ar jūsu lietu strādāju es; mēs to atrisināsim šodien.")
    met = await world.clock_with(buyer, case_id, "platform_reply", ("MET",))
    true(8, "an agent answered in time", met["verdict"] == "MET", met)


async def _mediation(world: World, buyer: Person, seller: Person, mediator: Person, case_id: CaseId) -> Json:
    true = world.record.true
    claim = {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", "currency": "EUR"}
    opened = await buyer.post("disputes", f"/cases/{case_id}/disputes", claim)
    path = f"/disputes/{opened['dispute_id']}"
    true(9, "after the takeover the complaint is mediated at once", opened["stage"] == "MEDIATION", opened["stage"])
    second = await buyer.refused("disputes", f"/cases/{case_id}/disputes", claim)
    true(9, "one live dispute per order line and kind of problem", second["dispute_id"] == opened["dispute_id"], second)
    photo = {"kind": "photo", "content_base64": PICTURE}
    evidence = (await buyer.post("disputes", f"{path}/evidence", photo))["evidence"][0]
    true(9, "evidence has its hash from the moment it arrives", len(evidence["sha256"]) == 64, evidence)
    statement = base64.b64encode("Telefons tika pārbaudīts pirms nosūtīšanas.".encode()).decode()
    shown = await seller.post("disputes", f"{path}/evidence", {"kind": "statement", "content_base64": statement})
    submitted = [(e["by"], e["kind"]) for e in shown["evidence"]]
    true(9, "the seller may still submit evidence", ("seller", "statement") in submitted, submitted)
    decision = {
        "remedy": "RETURN_AND_REFUND",
        "currency": "EUR",
        "clause": "S-5.1",
        "facts": ["claim", evidence["evidence_id"]],
        "reasons": ["repair_impossible"],
    }
    unreasoned = await mediator.refused("disputes", f"{path}/decision", decision | {"reasons": ["buyer_wish"]})
    true(9, "a remedy out of the law's order needs a reason", "REPAIR" in unreasoned["first"], unreasoned)
    decided = await mediator.post("disputes", f"{path}/decision", decision)
    effects = {e["party"]: e["amount_minor"] for e in decided["decision"]["effects"]}
    true(
        9,
        "the decision shows its effect on each party",
        effects["buyer"] == 25_390 and effects["seller"] < -25_390,
        effects,
    )
    return decided


async def _way_back(world: World, buyer: Person, dispute: Json) -> None:
    """The item comes back before the buyer is paid."""
    true, path = world.record.true, f"/returns/{dispute['decision']['return_id']}"
    begun = await buyer.get("disputes", path)
    true(
        9,
        "a refund against the item begins with its return, which nobody may refuse",
        begun["status"] == "ACCEPTED" and begun["refund_minor"] is None,
        begun,
    )

    async def labelled() -> Json | None:
        view = await buyer.get("disputes", path)
        return view if view["status"] == "LABEL_ISSUED" else None

    await until("a label by the platform, for the seller sends none", labelled)
    await buyer.post("disputes", f"{path}/shipment", {"tracking_number": _PARCEL})
    await world.marketplace.scan_return(_PARCEL, "received")

    async def ordered() -> Json | None:
        view = await buyer.get("disputes", path)
        return view if view["refund_minor"] is not None else None

    view = await until("the refund of what nobody inspected in time", ordered)
    true(9, "the buyer is paid when the item is back", view["refund_minor"] == 25_390, view)


async def _money(
    world: World, seller: Person, agent: Person, supervisor: Person, case_id: CaseId, dispute: Json
) -> None:
    true = world.record.true
    decision_id = dispute["decision"]["decision_id"]

    async def complete() -> Json | None:
        answer = await agent.ask("GET", "billing", f"/cases/{case_id}/money")
        money = answer.json() if answer.status_code == 200 else {"charges": [], "refunds": []}
        paid = any(r["decision_id"] == decision_id and r["status"] == "COMPLETED" for r in money["refunds"])
        posted = [charge for charge in money["charges"] if charge["status"] == "POSTED"]
        return money if paid and len(posted) == 3 else None

    money = await until("three charges that are posted, and a completed refund", complete)
    charges = {c["kind"]: c for c in money["charges"]}
    true(10, "refund, label and handling fee are charged", set(charges) == {"REFUND", "RETURN_LABEL", "HANDLING_FEE"})
    true(
        10, "each is posted after the seller was told", all(c["status"] == "POSTED" for c in charges.values()), charges
    )
    label = charges["RETURN_LABEL"]
    true(10, "VAT is per line, in minor units", label["gross_minor"] == label["net_minor"] + label["vat_minor"], label)
    true(10, "the payment system carried the refund out", money["refunds"][0]["amount_minor"] == 25_390, money)
    steps = ["billing.charge_proposed", "billing.charge_notified", "billing.charge_posted"]

    async def told_of_label() -> list[str] | None:
        entries = await world.timeline(agent, case_id)
        types = [e["type"] for e in entries if e["summary"].get("charge_id") == label["charge_id"]]
        return types if steps[-1] in types else None

    told = await until("the label's charge in the timeline", told_of_label)
    true(10, "PROPOSED, NOTIFIED, POSTED: each told once", told == steps, told)
    fee = charges["HANDLING_FEE"]
    await seller.post("billing", f"/charges/{fee['charge_id']}/contest", {"ground": "answered_by_phone"})
    reviewed = await supervisor.post(
        "billing", f"/charges/{fee['charge_id']}/review", {"verdict": "reverse", "reason": "first_time_goodwill"}
    )
    true(11, "the contested fee is reversed", reviewed["status"] == "REVERSED", reviewed)
    true(11, "by an opposite entry; nothing is edited", reviewed["reversal_entry_id"] != reviewed["entry_id"], reviewed)
    for reader in (seller, agent):
        entries = await world.happened(reader, case_id, "billing.charge_reversed")
        ids = [entry["summary"]["charge_id"] for entry in entries]
        true(11, f"the {reader.role} is told of the reversal, once", ids == [fee["charge_id"]], ids)


async def _ending(world: World, buyer: Person, seller: Person, agent: Person, case_id: CaseId) -> None:
    true = world.record.true
    await world.happened(agent, case_id, "disputes.dispute_closed")
    await agent.post("ticketing", f"/cases/{case_id}/resolution", {"outcome": "refunded"})
    closed = await agent.post("ticketing", f"/cases/{case_id}/closure")
    true(12, "the case is resolved and closed", closed["status"] == "CLOSED", closed)
    await world.happened(agent, case_id, "messaging.conversation_locked", count=2)
    late = await seller.refused(
        "messaging", f"/conversations/{case_id}/messages", {"text": "Vai varam to vēl apspriest?"}
    )
    true(12, "the seller may not write in a closed case", late["reason"] == "case_closed", late)
    await world.write(buyer, case_id, "Nauda ir saņemta, bet uzlīme nav pienākusi. Kad tā būs?")

    async def reopened() -> Json | None:
        view = await buyer.get("ticketing", f"/cases/{case_id}")
        return view if view["status"] == "OPEN" else None

    view = await until("the case to be open again", reopened)
    true(12, "a later message reopens it", view["status"] == "OPEN", view["status"])
    month = month_in(MARKET)
    statement = await seller.get("billing", f"/sellers/{seller.id}/statements/{month}")
    totals = statement["totals"]
    true(
        12,
        "the month's statement equals the ledger",
        all(t["total_minor"] == t["ledger_minor"] for t in totals),
        totals,
    )
    as_csv = await seller.text("billing", f"/sellers/{seller.id}/statements/{month}?format=csv")
    last = as_csv.strip().splitlines()[-1]
    true(12, "as CSV too", last.startswith("TOTAL") and str(totals[0]["total_minor"]) in last, last)
    as_pdf = await seller.text("billing", f"/sellers/{seller.id}/statements/{month}?format=pdf")
    true(12, "and as PDF, in the seller's language", as_pdf.startswith("%PDF"), as_pdf[:20])
    await _paid_out(world, buyer, seller, case_id)
    services = {e["type"].partition(".")[0] for e in await world.timeline(agent, case_id)}
    five = {"ticketing", "messaging", "sla-monitor", "disputes", "billing"}
    true(12, "one timeline tells it over all five services", services == five, services)


async def _paid_out(world: World, buyer: Person, seller: Person, case_id: CaseId) -> None:
    true = world.record.true
    await world.happened(seller, case_id, "billing.payout_hold_released")
    money = await seller.get("billing", f"/cases/{case_id}/money")
    held = [(hold["status"], hold["amount_minor"]) for hold in money["holds"]]
    true(12, "what the dispute kept back from payouts is free again", held == [("RELEASED", 25_390)], held)
    await world.marketplace.pay_out(SellerId(seller.id), MARKET)
    settled = await world.happened(seller, case_id, "billing.charge_settled", count=2)
    ids = {entry["summary"]["charge_id"] for entry in settled}
    money = await seller.get("billing", f"/cases/{case_id}/money")
    standing = {charge["charge_id"] for charge in money["charges"] if charge["status"] == "SETTLED"}
    true(12, "a payout takes what stands, each charge once", ids == standing and len(settled) == 2, money)
    of_money = ("billing.charge", "billing.payout")
    seen = [e["type"] for e in await world.timeline(buyer, case_id) if e["type"].startswith(of_money)]
    true(12, "and the buyer sees nothing of what is between seller and platform", not seen, seen)
