// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which rows go into which plot.

use super::plot::{self, Group, Series, Style};
use crate::{
    classes::Class,
    results::Results,
    row::{self, Row},
};

/// A plot and the file it goes to.
#[derive(Debug)]
pub struct Picture {
    pub name: &'static str,
    pub title: String,
    pub svg: String,
}

const FLOOR_COLOUR: &str = "#8a8f98";

/// All plots that the rows are enough for.
pub fn of(rows: &[Results]) -> Vec<Picture> {
    let touched = lines(
        rows,
        "round-trip.svg",
        "Round trip, first word touched",
        |row| matches!(row, Row::RoundTrip(_)),
    );
    let full = lines(
        rows,
        "full.svg",
        "Round trip, written and read in full",
        |row| matches!(row, Row::Full(_)),
    );
    let stream = bars(
        rows,
        "stream.svg",
        "Many at a time, 8 B",
        "time of one message",
        |row| matches!(row, Row::Stream(_) | Row::InFlight),
    );
    let asleep = bars(
        rows,
        "asleep.svg",
        "Round trip of 8 B, both ends always asleep",
        "there and back",
        |row| matches!(row, Row::Asleep(_)),
    );
    let process = bars(
        rows,
        "process.svg",
        "A client's whole process, one call",
        "from exec to exit",
        |row| row == Row::Process,
    );
    [touched, full, stream, asleep, process]
        .into_iter()
        .flatten()
        .collect()
}

/// One class for all, so that lines do not jump with the cores: the one with most bursts.
fn class_of(rows: &[&Results]) -> Option<Class> {
    let bursts = |class: &Class| rows.iter().map(|row| row.bursts(*class)).sum::<usize>();
    Class::ALL.into_iter().max_by_key(bursts)
}

fn lines(
    rows: &[Results],
    name: &'static str,
    title: &str,
    wanted: fn(Row) -> bool,
) -> Option<Picture> {
    let rows: Vec<_> = rows.iter().filter(|results| wanted(results.row)).collect();
    let class = class_of(&rows).filter(|_| rows.len() > 1)?;
    let payloads: Vec<_> = rows
        .iter()
        .map(|results| (results.row.bytes() as f64, row::size(results.row.bytes())))
        .collect();
    let mut series = Vec::new();
    let mut floors = Vec::new();
    for outcome in &rows.first()?.outcomes {
        let mut points = Vec::new();
        for results in &rows {
            if let Some(figures) = results.figures(outcome.peer, class) {
                points.push((results.row.bytes() as f64, figures.time_ns));
                floors.push((results.row.bytes() as f64, figures.floor_ns));
            }
        }
        series.push(Series {
            points,
            ..bar(outcome.peer, 0.0)
        });
    }
    floors.sort_by(|one, other| one.0.total_cmp(&other.0));
    floors.dedup_by_key(|floor| floor.0);
    series.push(floor(floors));
    let title = format!("{title} (cores: {})", class.name());
    Some(Picture {
        name,
        svg: plot::lines(&title, &payloads, &series),
        title,
    })
}

fn bars(
    rows: &[Results],
    name: &'static str,
    title: &str,
    unit: &str,
    wanted: fn(Row) -> bool,
) -> Option<Picture> {
    let groups: Vec<_> = rows
        .iter()
        .filter(|results| wanted(results.row))
        .filter_map(group)
        .collect();
    (!groups.is_empty()).then(|| Picture {
        name,
        title: title.into(),
        svg: plot::bars(title, unit, &groups),
    })
}

fn group(results: &Results) -> Option<Group> {
    let class = results.main_class()?;
    let mut floors = Vec::new();
    let mut bars = Vec::new();
    for outcome in &results.outcomes {
        if let Some(figures) = results.figures(outcome.peer, class) {
            bars.push(bar(outcome.peer, figures.time_ns));
            floors.push((0.0, figures.floor_ns));
        }
    }
    floors.truncate(1);
    bars.push(floor(floors));
    let cores = if class == Class::Any {
        String::new()
    } else {
        format!(" (cores: {})", class.name())
    };
    Some(Group {
        title: format!("{}{cores}", results.row.title()),
        bars,
    })
}

fn bar(peer: crate::peers::Peer, time_ns: f64) -> Series {
    Series {
        name: peer.title().into(),
        colour: peer.colour(),
        points: vec![(0.0, time_ns)],
        style: if peer == crate::peers::Peer::Ours {
            Style::Ours
        } else {
            Style::Other
        },
    }
}

fn floor(points: Vec<(f64, f64)>) -> Series {
    Series {
        name: "floor".into(),
        colour: FLOOR_COLOUR,
        points,
        style: Style::Floor,
    }
}
