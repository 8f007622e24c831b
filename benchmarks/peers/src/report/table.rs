// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The table, as Markdown.

use super::duration;
use crate::{
    arguments::ROUNDS_MIN,
    classes::Class,
    machine,
    peers::Peer,
    results::{Extra, Figures, Results},
    row::Row,
};
use core::fmt::Write;

/// What a figure is shown as.
type Show = fn(&Figures) -> Option<String>;

/// The document, with the plots it shows.
pub fn document(
    rows: &[Results],
    extras: &[Extra],
    first: bool,
    plots: &[(&str, String)],
) -> String {
    let peers = peers(rows);
    let mut text = format!(
        "# Beside other ways to ask another process\n\n\
        Made by `cargo run --release{}` in [`benchmarks/peers`](../../benchmarks/peers), which says how it measures, on {}: \
        {}.{} Every figure is the median of bursts; a burst of each peer in turn, with the floor before and after, and only \
        bursts whose two floors lie in the same class count. Figures of other machines differ: measure on the one you care \
        about.\n\n",
        arguments(),
        machine::today(),
        machine::describe(),
        precedence(first)
    );
    text += "| peer | version | how it waits where both ends run on two cores |\n|---|---|---|\n";
    for peer in &peers {
        write(
            &mut text,
            &format!(
                "| {} | {} | {} |",
                peer.title(),
                peer.version(),
                peer.waiting()
            ),
        );
    }
    section(
        &mut text,
        "Time",
        "Of one message or round trip.",
        rows,
        &peers,
        |figures| Some(duration(figures.time_ns)),
    );
    section(
        &mut text,
        "Times the floor",
        "The floor of a round trip is one cache line there and back between two spinning cores; of messages written and read \
        in full, the same loop through one bare buffer of shared memory each way; of a stream and of requests in flight, a \
        bare ring of 64 lines; where peers sleep, an eventfd there and back; of whole processes, an empty program.",
        rows,
        &peers,
        |figures| Some(ratio(figures.to_floor)),
    );
    section(
        &mut text,
        "Times ours",
        "Above 1: slower than ours, by that factor.",
        rows,
        &peers,
        |figures| figures.to_ours.map(ratio),
    );
    if shown(rows).any(|(results, class)| !results.suffices(class)) {
        let note = format!(
            "\n\\* of a peer at least there are fewer than {ROUNDS_MIN} bursts: no figures, but a hint."
        );
        write(&mut text, &note);
    }
    counted(&mut text, extras, &peers);
    missing(&mut text, rows);
    text += "\n## Plots\n\n";
    for (name, title) in plots {
        write(&mut text, &format!("![{title}]({name})\n"));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// The document about builds.
pub fn builds(extras: &[Extra], peers: &[Peer]) -> String {
    let mut text = format!(
        "# What a first client takes to build\n\n\
        Made by `cargo run --release{}` in [`benchmarks/peers`](../../benchmarks/peers), on {}: {}. `cargo build --release` from \
        nothing of a program that asks once, with each in its way; what was to be downloaded was there. Nothing kept other \
        processes away: processor time depends less on them.\n\n\
        | | time | processor time | crates, its own among them |\n|---|---|---|---|\n",
        arguments(),
        machine::today(),
        machine::describe()
    );
    for peer in peers {
        let of = |extra: &Extra| extra.of.iter().find(|one| one.0 == *peer).map(|one| one.1);
        let cells: Vec<_> = extras
            .iter()
            .filter_map(|extra| Some((extra.show)(of(extra)?)))
            .collect();
        if !cells.is_empty() {
            write(
                &mut text,
                &format!("| {} | {} |", peer.title(), cells.join(" | ")),
            );
        }
    }
    text
}

/// What this run was told.
fn arguments() -> String {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" -- {}", words.join(" "))
    }
}

const fn precedence(first: bool) -> &'static str {
    if first {
        " Rows in which both ends run went before ordinary processes (`chrt -r`)."
    } else {
        ""
    }
}

fn peers(rows: &[Results]) -> Vec<Peer> {
    let in_any = |peer: &Peer| {
        rows.iter()
            .any(|row| row.outcomes.iter().any(|outcome| outcome.peer == *peer))
    };
    Peer::ALL.into_iter().filter(in_any).collect()
}

fn section(
    text: &mut String,
    title: &str,
    about: &str,
    rows: &[Results],
    peers: &[Peer],
    show: Show,
) {
    heading(text, title, about, "| | cores | floor |", peers);
    for (results, class) in shown(rows) {
        let of = |peer: &Peer| results.figures(*peer, class);
        let floor = peers
            .iter()
            .find_map(of)
            .map_or(0.0, |figures| figures.floor_ns);
        let cells: Vec<_> = peers
            .iter()
            .map(|peer| {
                of(peer)
                    .and_then(|figures| show(&figures))
                    .unwrap_or_else(|| "–".into())
            })
            .collect();
        let few = if results.suffices(class) { "" } else { " \\*" };
        write(
            text,
            &format!(
                "| {}{few} | {} | {} | {} |",
                results.row.title(),
                class.name(),
                duration(floor),
                cells.join(" | ")
            ),
        );
    }
}

/// Each row in each class that has enough bursts for a figure, or else in the one that has most.
fn shown(rows: &[Results]) -> impl Iterator<Item = (&Results, Class)> {
    rows.iter().flat_map(|results| {
        let mut classes = results.classes();
        classes.retain(|class| results.suffices(*class));
        if classes.is_empty() {
            classes.extend(results.main_class());
        }
        classes.into_iter().map(move |class| (results, class))
    })
}

fn counted(text: &mut String, extras: &[Extra], peers: &[Peer]) {
    if extras.is_empty() {
        return;
    }
    heading(
        text,
        "Counted or timed once",
        "The floor is an empty program.",
        "| | floor |",
        peers,
    );
    for extra in extras {
        let show = |value: Option<f64>| value.map_or_else(|| "–".into(), extra.show);
        let of = |peer: &Peer| extra.of.iter().find(|one| one.0 == *peer).map(|one| one.1);
        let cells: Vec<_> = peers.iter().map(|peer| show(of(peer))).collect();
        write(
            text,
            &format!(
                "| {} | {} | {} |",
                extra.title,
                show(extra.floor),
                cells.join(" | ")
            ),
        );
    }
}

fn heading(text: &mut String, title: &str, about: &str, columns: &str, peers: &[Peer]) {
    let names: Vec<_> = peers.iter().map(|peer| peer.title()).collect();
    let rule = columns.matches('|').count() - 1 + peers.len();
    write(
        text,
        &format!(
            "\n## {title}\n\n{about}\n\n{columns} {} |\n|{}",
            names.join(" | "),
            "---|".repeat(rule)
        ),
    );
}

fn missing(text: &mut String, rows: &[Results]) {
    let absent = rows.iter().flat_map(|results| {
        let failed = |outcome: &crate::results::Outcome| {
            Some((results.row, outcome.peer, outcome.failure.clone()?))
        };
        results.outcomes.iter().filter_map(failed)
    });
    // Those with the same reason in one line.
    let mut reasons: Vec<(Peer, String, Vec<Row>)> = Vec::new();
    for (row, peer, reason) in absent {
        match reasons
            .iter_mut()
            .find(|known| known.0 == peer && known.1 == reason)
        {
            Some(known) => known.2.push(row),
            None => reasons.push((peer, reason, vec![row])),
        }
    }
    if !reasons.is_empty() {
        *text += "\n## Not measured\n\n";
    }
    for (peer, reason, rows) in reasons {
        let rows: Vec<_> = rows.iter().map(|row| format!("`{row}`")).collect();
        write(
            text,
            &format!(
                "* {}, {}: {}.",
                peer.title(),
                rows.join(", "),
                reason.trim_end_matches('.')
            ),
        );
    }
}

fn ratio(ratio: f64) -> String {
    match ratio {
        0.0..9.95 => format!("{ratio:.2}"),
        9.95..99.5 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

fn write(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
