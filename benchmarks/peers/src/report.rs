// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the user reads: meanwhile a line of text or a JSON object for each figure, at the end a table and plots.

mod pictures;
mod plot;
mod table;

use crate::{
    Result,
    arguments::ROUNDS_MIN,
    peers::Peer,
    results::{Extra, Figures, Results},
};
use std::{fs, path::Path};

/// What is no figure goes beside them.
pub fn remark(text: &str) {
    eprintln!("{text}");
}

/// All figures of a row.
pub fn tell(results: &Results, json: bool) {
    let row = results.row;
    for class in results.classes() {
        for outcome in &results.outcomes {
            let Some(figures) = results.figures(outcome.peer, class) else {
                continue;
            };
            let (peer, class) = (outcome.peer.name(), class.name());
            let Figures {
                floor_ns,
                time_ns,
                to_floor,
                to_ours,
                bursts,
            } = figures;
            let to_ours = to_ours.map_or_else(|| "null".into(), |ratio| format!("{ratio:.3}"));
            if json {
                println!(
                    "{{\"row\":\"{row}\",\"peer\":\"{peer}\",\"placement\":\"{class}\",\"floor_ns\":{floor_ns:.1},\
                    \"time_ns\":{time_ns:.1},\"to_floor\":{to_floor:.3},\"to_ours\":{to_ours},\"bursts\":{bursts}}}"
                );
            } else {
                println!(
                    "{row:<18} {class:<7} {peer:<12} {time_ns:>10.1} ns   floor {floor_ns:>7.1} ns   x floor \
                    {to_floor:>7.2}   x ours {to_ours:>8}   {bursts} bursts"
                );
            }
            if bursts < ROUNDS_MIN {
                remark(&format!(
                    "{row} {class} {peer}: {bursts} bursts are fewer than the {ROUNDS_MIN} a figure needs"
                ));
            }
        }
    }
    let discarded = results.discarded();
    if discarded > 0 {
        remark(&format!(
            "{row}: {discarded} bursts discarded, whose floor moved or lies between the classes"
        ));
    }
}

/// What was counted or timed once.
pub fn tell_extra(extra: &Extra, json: bool) {
    let title = extra.title;
    for (peer, value) in &extra.of {
        let peer = peer.name();
        if json {
            println!("{{\"row\":\"{title}\",\"peer\":\"{peer}\",\"value\":{value:.0}}}");
        } else {
            println!("{title:<40} {peer:<12} {:>10}", (extra.show)(*value));
        }
    }
}

/// `120 ns`, `4.1 µs` and the like.
pub fn duration(time_ns: f64) -> String {
    let (value, unit) = match time_ns {
        0.0..999.5 => (time_ns, "ns"),
        999.5..999_500.0 => (time_ns / 1e3, "µs"),
        999_500.0..999.5e6 => (time_ns / 1e6, "ms"),
        _ => (time_ns / 1e9, "s"),
    };
    let digits = match value {
        0.0..9.95 if unit != "ns" || value.fract() != 0.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Writes what building first clients took.
pub fn write_builds(extras: &[Extra], peers: &[Peer], out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    fs::write(out.join("builds.md"), table::builds(extras, peers))?;
    remark(&format!("the table is in {}", out.display()));
    Ok(())
}

/// Writes table and plots. `first` says whether rows in which both ends run went before ordinary processes.
pub fn write(rows: &[Results], extras: &[Extra], first: bool, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    let mut plots = Vec::new();
    for picture in pictures::of(rows) {
        fs::write(out.join(picture.name), picture.svg)?;
        plots.push((picture.name, picture.title));
    }
    fs::write(
        out.join("peers.md"),
        table::document(rows, extras, first, &plots),
    )?;
    remark(&format!("table and plots are in {}", out.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_digits_or_more() {
        for (time_ns, text) in [
            (4.04, "4 ns"),
            (12.34, "12 ns"),
            (1.26, "1.3 ns"),
            (999.6, "1 µs"),
            (4_123.0, "4.1 µs"),
            (51_600.0, "52 µs"),
            (1_234_567.0, "1.2 ms"),
            (61e9, "61 s"),
        ] {
            assert_eq!(duration(time_ns), text);
        }
    }
}
