#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Damages a copy of the sources, one line at a time, and demands that the loom models notice.

    python3 iceoryx2-bb/lock-free/tests/mutations.py [part of a damage's name ...]

Each row of DAMAGES is a damage: its name, the file, what stands there once, what stands there instead, and the models
that must fail (parts of their names). A damage that goes unnoticed, or does not compile, makes the exit status 1.
Takes about five minutes on two cores; nothing in the working tree is touched.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[3]
CRATES = ["iceoryx2-bb/elementary", "iceoryx2-bb/lock-free", "iceoryx2-derive"]

WORD, RING, SLEEP, RIG = "src/word.rs", "src/ring.rs", "src/sleep.rs", "tests/loom/rig.rs"
LOCK, CELL = "src/lock.rs", "src/shared_cell.rs"
PRODUCER_FENCE = """        fence(Ordering::SeqCst);
        self.oldest = position;"""
CONSUMER_FENCE = """        fence(Ordering::SeqCst);
        if seen.evicted"""
HOLD_THEN_COPY = """        hold.publish(next);
        copy(seen.rest, rest);
"""
# Not among them: `taken` stored Relaxed after a copy. What that allows is a load that sees what is stored only after it,
# which loom does not model.
DAMAGES = [
    ("every publish Relaxed", WORD, "Ordering::Release", "Ordering::Relaxed", ["one_line_passes", "the_end_of", "comes_home"]),
    ("every observe Relaxed", WORD, "        fence(Ordering::Acquire);\n", "", ["one_line_passes", "the_end_of", "comes_home"]),
    ("seq stored Relaxed", RING, "seq.publish(position + 1);", "seq.set(position + 1);", ["one_line_passes", "two_lines_wrap", "whole_message_or_none"]),
    ("seq read Relaxed", RING, "let published = seq.observe();\n        if", "let published = seq.peek();\n        if", ["copied_or_evicted"]),
    ("seq before the words", RING, "        for (word, value) in words", "        seq.publish(position + 1);\n        for (word, value) in words", ["one_line_passes", "two_lines_wrap", "whole_message_or_none"]),
    ("line reused before it was taken", RING, "self.tail - self.oldest >= self.capacity", "self.tail - self.oldest > self.capacity", ["one_line_passes", "two_lines_wrap"]),
    ("taken stored Relaxed, no fence before", RING, [CONSUMER_FENCE, "        taken.publish(next);"], [CONSUMER_FENCE.split("\n")[1], "        taken.set(next);"], ["comes_home", "two_holds", "dead_consumer"]),
    ("taken read Relaxed", RING, "let taken = claims.taken.observe();", "let taken = claims.taken.peek();", ["comes_home", "dead_consumer"]),
    ("taken before hold", RING, HOLD_THEN_COPY, "        taken.publish(next);\n" + HOLD_THEN_COPY, ["comes_home", "dead_consumer"]),
    ("no hold at all", RING, "        hold.publish(next);\n", "", ["comes_home", "two_holds", "dead_consumer", "one_line_evicts_or"]),
    ("hold stored Relaxed", RING, "hold.publish(next);", "hold.set(next);", ["went_on"]),
    ("hold zeroed Relaxed", RING, "        self.hold.publish(0);", "        self.hold.set(0);", ["comes_home", "two_holds", "went_on", "again_and_again"]),
    ("hold read Relaxed", RING, ["any(|hold| hold.observe()", "all(|hold| hold.observe()"], ["any(|hold| hold.peek()", "all(|hold| hold.peek()"], ["comes_home", "two_holds", "again_and_again"]),
    ("only the first hold word looked at", RING, "            .iter()\n            .any(", "            .iter()\n            .take(1)\n            .any(", ["two_holds"]),
    ("hold published after the fence", RING, ["        hold.publish(next);\n", CONSUMER_FENCE], ["", CONSUMER_FENCE.replace(";\n", ";\n        hold.publish(next);\n")], ["one_line_evicts_or", "again_and_again"]),
    ("no fence at the producer", RING, PRODUCER_FENCE, PRODUCER_FENCE.split("\n")[1], ["one_line_evicts_or", "again_and_again", "discarded", "while_it_evicts"]),
    ("no fence at the consumer", RING, CONSUMER_FENCE, CONSUMER_FENCE.split("\n")[1], ["one_line_evicts_or", "again_and_again", "discarded", "while_it_evicts"]),
    ("only a Release fence at the producer", RING, PRODUCER_FENCE, PRODUCER_FENCE.replace("SeqCst", "Release"), ["one_line_evicts_or", "again_and_again"]),
    ("only an Acquire fence at the consumer", RING, CONSUMER_FENCE, CONSUMER_FENCE.replace("SeqCst", "Acquire"), ["one_line_evicts_or", "again_and_again"]),
    ("evicted not looked at", RING, "if seen.evicted.peek() >= next {", "if false {", ["one_line_evicts_or", "again_and_again", "discarded", "while_it_evicts"]),
    ("evicted stored after the fence", RING, ["        ring.evicted.set(position);\n", PRODUCER_FENCE], ["", PRODUCER_FENCE.replace(";\n", ";\n        ring.evicted.set(position);\n")], ["one_line_evicts_or", "again_and_again", "discarded"]),
    ("evicted not looked at after a copy", RING, "if seen.evicted.peek() >= seen.next {", "if false {", ["copied_or_evicted"]),
    ("no fence after a copy", RING, "        fence(Ordering::Acquire);\n        if seen.evicted.peek() >= seen.next {", "        if seen.evicted.peek() >= seen.next {", ["copied_or_evicted"]),
    ("contest ignored", RING, "claims.is_none_or(|claims| claims.holds(position))", "claims.is_none()", ["one_line_evicts_or", "again_and_again"]),
    ("no fence in announce", SLEEP, "        fence(Ordering::SeqCst);\n    }\n\n    /// Publishes that the sleep", "    }\n\n    /// Publishes that the sleep", ["a_sleeper_is_rung", "each_sleep", "two_wakers", "waits_for_room"]),
    ("only a Release fence in announce", SLEEP, "        fence(Ordering::SeqCst);\n    }", "        fence(Ordering::Release);\n    }", ["a_sleeper_is_rung", "each_sleep", "two_wakers", "waits_for_room"]),
    ("no fence in must_ring", SLEEP, "        fence(Ordering::SeqCst);\n        let value", "        let value", ["a_sleeper_is_rung", "each_sleep", "two_wakers", "waits_for_room"]),
    ("only an Acquire fence in must_ring", SLEEP, "        fence(Ordering::SeqCst);\n        let value", "        fence(Ordering::Acquire);\n        let value", ["a_sleeper_is_rung", "each_sleep", "two_wakers", "waits_for_room"]),
    ("no fence in is_asleep", SLEEP, "    fence(Ordering::SeqCst);\n    word.peek()", "    word.peek()", ["asks_first"]),
    ("only an Acquire fence in is_asleep", SLEEP, "    fence(Ordering::SeqCst);\n    word.peek()", "    fence(Ordering::Acquire);\n    word.peek()", ["asks_first"]),
    ("each odd value rung every time", SLEEP, " && value != self.rung", "", ["one_sleep_once"]),
    ("even values rung", SLEEP, "value & 1 == 1 && ", "", ["one_sleep_once"]),
    ("the next sleep has the same value", SLEEP, "self.value = (self.value + 1) | 1;", "self.value = 1;", ["each_sleep"]),
    ("the end stored Relaxed", "tests/loom/stream.rs", "shared.ended.publish(GENERATION);", "shared.ended.set(GENERATION);", ["the_end_of"]),
    ("the end read Relaxed", "tests/loom/stream.rs", "rig.ended.observe() >=", "rig.ended.peek() >=", ["the_end_of"]),
    ("the ring not read again after the end", "tests/loom/stream.rs", "        received += receiver.receive_up_to(2).len();\n", "", ["the_end_of"]),
    ("a cancellation stored Relaxed", "tests/loom/stream.rs", "shared.cancelled.publish(", "shared.cancelled.set(", ["cancellation"]),
    ("a cancellation read Relaxed", "tests/loom/stream.rs", "rig.cancelled.observe()", "rig.cancelled.peek()", ["cancellation"]),
    ("no light fence", LOCK, "            light_fence();\n", "", ["an_owner_and", "changes_its_owner", "three_take"]),
    ("no heavy fence", LOCK, "        ground.heavy_fence();\n", "", ["an_owner_and", "changes_its_owner", "three_take"]),
    ("no second look", LOCK, "            light_fence();\n            if self.owner.load(Ordering::Relaxed) == me {", "            light_fence();\n            if true {", ["an_owner_and", "changes_its_owner", "three_take"]),
    ("the owner not waited for", LOCK, "while owner.inside.load(Ordering::Acquire) == self.name()", "while false && owner.inside.load(Ordering::Acquire) == self.name()", ["an_owner_and", "changes_its_owner", "three_take"]),
    ("ownership not ended", LOCK, "        self.owner.store(NOBODY, Ordering::Relaxed);\n", "", ["an_owner_and", "changes_its_owner", "three_take"]),
    ("inside cleared Relaxed", LOCK, "pass.badge.inside.store(NOBODY, Ordering::Release);", "pass.badge.inside.store(NOBODY, Ordering::Relaxed);", ["an_owner_and", "three_take"]),
    ("inside read Relaxed, no fence", LOCK, ["        ground.heavy_fence();\n", "owner.inside.load(Ordering::Acquire)"], ["", "owner.inside.load(Ordering::Relaxed)"], ["an_owner_and", "three_take"]),
    ("the holder cleared Relaxed", LOCK, "self.holder.store(NOBODY, Ordering::Release);", "self.holder.store(NOBODY, Ordering::Relaxed);", ["that_own_nothing"]),
    ("the holder taken Relaxed", LOCK, "me, Ordering::Acquire, Ordering::Relaxed", "me, Ordering::Relaxed, Ordering::Relaxed", ["that_own_nothing"]),
    ("the owner named after the holder has left", LOCK, ["            self.owner.store(me, Ordering::Relaxed);\n", "        self.holder.store(NOBODY, Ordering::Release);\n"], ["", "        let owns = self.entries.load(Ordering::Relaxed) == 0;\n        self.holder.store(NOBODY, Ordering::Release);\n        if owns {\n            self.owner.store(me, Ordering::Relaxed);\n        }\n"], ["changes_its_owner"]),
    ("one word for whoever owns", LOCK, [
        "    owner: AtomicWord,\n", "            owner: AtomicWord::new(NOBODY),\n",
        "let inside = badge.inside.load(Ordering::Relaxed);", "            badge.inside.store(self.name(), Ordering::Relaxed);\n",
        "            badge.inside.store(NOBODY, Ordering::Release);\n        }", "owner.inside.load(Ordering::Acquire)",
        "pass.badge.inside.store(NOBODY, Ordering::Release)",
    ], [
        "    owner: AtomicWord,\n    busy: AtomicWord,\n", "            owner: AtomicWord::new(NOBODY),\n            busy: AtomicWord::new(NOBODY),\n",
        "let inside = NOBODY;", "            self.busy.store(self.name(), Ordering::Relaxed);\n",
        "            self.busy.store(NOBODY, Ordering::Release);\n        }", "self.busy.load(Ordering::Acquire)",
        "self.busy.store(NOBODY, Ordering::Release)",
    ], ["changes_its_owner"]),
]


def copy_workspace(to):
    manifest = (WORKSPACE / "Cargo.toml").read_text()
    members = "members = [" + ", ".join(f'"{crate}"' for crate in CRATES) + "]"
    (to / "Cargo.toml").write_text(re.sub(r"members = \[.*?\]", members, manifest, count=1, flags=re.S))
    lock = WORKSPACE / "Cargo.lock"
    if lock.exists():
        shutil.copy(lock, to)
    for crate in CRATES:
        shutil.copytree(WORKSPACE / crate, to / crate)


def damage(path, before, after):
    """Puts `after` where `before` stands (a text each, or a list of texts) and returns the undamaged source."""
    original = source = path.read_text()
    pairs = zip(before, after) if isinstance(before, list) else [(before, after)]
    for old, new in pairs:
        if source.count(old) != 1:
            sys.exit(f"{path.name}: must stand there once, stands there {source.count(old)} times:\n{old}")
        source = source.replace(old, new)
    path.write_text(source)
    return original


def failed_models(workspace, target, models):
    """Which of the models ran and failed; that one did not run is an error of this script."""
    environment = dict(
        os.environ,
        CARGO_TARGET_DIR=str(target),
        RUSTFLAGS="--cfg loom --cfg iceoryx2_hooks",
        RUST_BACKTRACE="0",
    )
    command = ["cargo", "test", "-p", "iceoryx2-bb-lock-free", "--release", "--test", "loom", "--", *models]
    run = subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=600)
    results = dict(re.findall(r"^test (\S+) \.\.\. (ok|FAILED)$", run.stdout, re.M))
    for model in models:
        if not any(model in name for name in results):
            sys.exit(f"the damaged model {model} did not run:\n{run.stdout}\n{run.stderr}")
    return [model for model in models if any(model in name and end == "FAILED" for name, end in results.items())]


def main(wanted):
    chosen = [row for row in DAMAGES if not wanted or any(part in row[0] for part in wanted)]
    target = Path(os.environ.get("CARGO_TARGET_DIR", WORKSPACE / "target-loom")).resolve()
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="iceoryx2-mutations-") as directory:
        workspace = Path(directory)
        copy_workspace(workspace)
        for name, file, before, after, models in chosen:
            path = workspace / "iceoryx2-bb/lock-free" / file
            original = damage(path, before, after)
            failed = failed_models(workspace, target, models)
            path.write_text(original)
            for model in models:
                unnoticed += model not in failed
                print(f"{'caught   ' if model in failed else 'UNNOTICED'}  {name:<40} {model}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
