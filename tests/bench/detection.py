"""Measures the detectors: messages a second in one process, beside `phonenumbers` and a plain regular expression on the same texts in the same run.

Run: python tests/bench/detection.py [--rounds 5] [--out FILE]. It prints a table and writes the raw numbers as JSON. Every text is made
different from every other by its digits and names, so that no cache answers twice.
"""

import argparse
import json
import platform
import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import phonenumbers

from chassis.life import collect_seldom
from ombud_detection import (
    SellerReply,
    TextTooLong,
    automated_reply,
    inspect,
    language_of,
    trace_of,
)
from ombud_detection.phrases import phrase_rules
from ombud_detection.reading import TEXT_LIMIT
from ombud_detection.ruledata import lexicon_files, table_of, words_of

DATA = Path(__file__).parents[2] / "services" / "detection" / "tests" / "data"
REGIONS = {"uk": "GB", "cn": "CN"}
PLAIN = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|(?:https?://|www\.)\S+|\+?\d[\d ().-]{6,}\d|(?:whatsapp|telegram|viber|instagram)", re.I
)
HURTING = ("a@", "1 ", "gb29 ", "a b ", "www.", "(at)", "call me ", "zero seven ", "微信", "+1(", "QUJD", "аa")


def texts(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def varied(rows: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """Return `count` rows whose plain digits are drawn anew."""
    chance = random.Random(seed)
    out = []
    for i in range(count):
        row = dict(rows[i % len(rows)])
        row["text"] = re.sub(r"[2-9]", lambda _: str(chance.randint(2, 9)), row["text"], flags=re.A)
        out.append(row)
    return out


def per_second(call: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]], rounds: int) -> list[float]:
    """Return items a second of each round; every round has texts of its own."""
    rates = []
    for number in range(rounds):
        batch = varied(rows, 3000, number)
        begin = time.perf_counter()
        for row in batch:
            call(row)
        rates.append(len(batch) / (time.perf_counter() - begin))
    return rates


def by_phonenumbers(row: dict[str, Any]) -> bool:
    region = REGIONS.get(row["market"], row["market"].upper())
    return any(True for _ in phonenumbers.PhoneNumberMatcher(row["text"], region))


def quality(call: Callable[[dict[str, Any]], bool], rows: list[dict[str, Any]]) -> dict[str, float]:
    judged = [(r["label"] == "leak", bool(call(r)), r) for r in rows]
    hit = sum(t and s for t, s, _ in judged)
    false, missed = sum(s and not t for t, s, _ in judged), sum(t and not s for t, s, _ in judged)
    hard = [s for t, s, r in judged if not t and r["hard_negative"]]
    return {
        "f1": round(200 * hit / (2 * hit + false + missed), 1),
        "recall": round(100 * hit / (hit + missed), 1),
        "hard_false_alarms": round(100 * sum(hard) / len(hard), 1),
    }


def hurting_pieces() -> list[str]:
    """Return what texts that hurt are made of: every rule's own words, one word of each class, and all sorts of marks."""
    words = {
        cls: words_of(table_of(t, "classes"), cls)[0].strip("*")
        for _, t in lexicon_files()
        for cls in table_of(t, "classes")
    }
    words |= {"app": "whatsapp", "app_short": "insta", "app_disguised": "w.h.a.t.s.a.p.p"}
    pairs = (" ".join(words[cls] for cls in (r.first[0], *r.second[:1])) for r in phrase_rules())
    return sorted({*HURTING, *(f"{one} " for one in (*words.values(), *pairs))})


def hurting_milliseconds() -> dict[str, float]:
    """Return the CPU time of the longest allowed text of each hurting kind, and of one that is far too long."""
    spent = {}
    for piece in hurting_pieces():
        text = (piece * TEXT_LIMIT)[:TEXT_LIMIT]
        inspect(text, language="en", market="uk")
        spent[piece.strip()] = min(cpu_milliseconds(text) for _ in range(2))
    spent["100,000 characters"] = cpu_milliseconds("a@b.c " * 17_000)
    return spent


def cpu_milliseconds(text: str) -> float:
    """Return the CPU time that a text takes to be answered or refused."""
    begin = time.process_time()
    with suppress(TextTooLong):
        inspect(text, language="en", market="uk")
    return round(1000 * (time.process_time() - begin), 1)


def reply_rate(rounds: int) -> list[float]:
    sellers = texts("replies")
    rates = []
    for _ in range(rounds):
        count, begin = 0, time.perf_counter()
        for row in sellers:
            replies = [
                SellerReply(m["buyer"], m["asked"], m["text"], m["latency_s"], m["hour"], m["channel"], m["headers"])
                for m in row["messages"]
            ]
            traces = [trace_of(r, language=row["lang"]) for r in replies]
            for i, reply in enumerate(replies):
                automated_reply(reply, traces[:i] + traces[i + 1 :], language=row["lang"])
            count += len(replies)
        rates.append(count / (time.perf_counter() - begin))
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", default="run/bench/detection.json")
    options = parser.parse_args()
    collect_seldom()  # as messaging runs, for all contenders
    leaks = [
        row
        for name in ("leaks_dev", "leaks_held_out", "leaks_second", "leaks_third", "leaks_fourth", "leaks_fifth")
        for row in texts(name)
    ]
    languages = [r | {"market": ""} for r in texts("language")]
    contenders: dict[str, Callable[[dict[str, Any]], bool]] = {
        "ombud detection": lambda r: bool(inspect(r["text"], language=r["lang"], market=r["market"])),
        "phonenumbers matcher": by_phonenumbers,
        "plain regular expression": lambda r: bool(PLAIN.search(r["text"])),
    }
    raw: dict[str, Any] = {"python": platform.python_version(), "texts": len(leaks), "contenders": {}}
    print(f"{'on the same texts':<28}{'texts/s (median)':>18}{'F1':>8}{'recall':>9}{'false alarms, hard':>20}")
    for name, call in contenders.items():
        call(leaks[0])
        rates, said = per_second(call, leaks, options.rounds), quality(call, leaks)
        raw["contenders"][name] = {"per_second": rates, **said}
        middle = sorted(rates)[len(rates) // 2]
        print(f"{name:<28}{middle:>18,.0f}{said['f1']:>8}{said['recall']:>9}{said['hard_false_alarms']:>20}")
    language_of(languages[0]["text"], "en")
    for name, rates in (
        ("language of a reply", per_second(lambda r: language_of(r["text"], r["expected"]), languages, options.rounds)),
        ("automated replies", reply_rate(options.rounds)),
    ):
        raw[name] = {"per_second": rates}
        print(f"{name:<28}{sorted(rates)[len(rates) // 2]:>18,.0f}")
    raw["hurting_cpu_milliseconds"] = hurting_milliseconds()
    spent = raw["hurting_cpu_milliseconds"]
    worst = max(spent, key=lambda piece: spent[piece])
    print(f"worst of {len(spent)} texts of {TEXT_LIMIT} code points: {spent[worst]} ms of CPU ({worst!r} repeated)")
    print(f"a text of 100,000 characters: {spent['100,000 characters']} ms of CPU")
    out = Path(options.json)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(raw, indent=1, ensure_ascii=False), encoding="utf-8")
    print(f"raw numbers: {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
