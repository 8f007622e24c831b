// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Plots as SVG, readable on light and on dark.

use super::{duration, escape};
use core::fmt::Write;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 56.0;

/// What is told apart by colour.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    pub colour: &'static str,
    /// Where one was measured, and nanoseconds.
    pub points: Vec<(f64, f64)>,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// What all others are compared with.
    Ours,
    Other,
    /// What the machine takes.
    Floor,
}

/// Some bars of nanoseconds under a title.
#[derive(Debug, Clone)]
pub struct Group {
    pub title: String,
    pub bars: Vec<Series>,
}

/// Lines over payloads, both axes logarithmic.
pub fn lines(title: &str, payloads: &[(f64, String)], series: &[Series]) -> String {
    const HEIGHT: f64 = 520.0;
    let times = series
        .iter()
        .flat_map(|one| one.points.iter().map(|point| point.1));
    let scale = Scale::of(times, HEIGHT - BOTTOM, TOP);
    let across = Scale::new(payloads, LEFT, WIDTH - RIGHT);
    let mut svg = begin(title, HEIGHT);
    for decade in scale.decades() {
        let y = scale.at(decade);
        write(
            &mut svg,
            &format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                duration(decade)
            ),
        );
    }
    for (bytes, name) in payloads {
        let x = across.at(*bytes);
        write(
            &mut svg,
            &format!(
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
                HEIGHT - BOTTOM + 20.0
            ),
        );
    }
    write(
        &mut svg,
        &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">payload of request and of response</text>\
            <text transform=\"translate(20 {:.1}) rotate(-90)\" text-anchor=\"middle\">there and back, median (log)</text>",
            f64::midpoint(LEFT, WIDTH - RIGHT),
            HEIGHT - 14.0,
            f64::midpoint(TOP, HEIGHT - BOTTOM)
        ),
    );
    let mut ends = Vec::new();
    for one in series {
        let at = |(bytes, time): &(f64, f64)| (across.at(*bytes), scale.at(*time));
        let points: Vec<_> = one.points.iter().map(at).collect();
        let path: Vec<_> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        write(
            &mut svg,
            &format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>",
                path.join(" "),
                one.colour,
                one.style.width(),
                one.style.dashes()
            ),
        );
        for (x, y) in &points {
            write(
                &mut svg,
                &format!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\"/>",
                    one.colour
                ),
            );
        }
        ends.extend(points.last().map(|(_, y)| (*y, one)));
    }
    labels(&mut svg, ends);
    svg + "</svg>\n"
}

/// The names at the ends of their lines, none over another.
fn labels(svg: &mut String, mut ends: Vec<(f64, &Series)>) {
    const APART: f64 = 16.0;
    ends.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut last = f64::NEG_INFINITY;
    for (y, one) in ends {
        let y = y.max(last + APART);
        last = y;
        write(
            svg,
            &format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" style=\"fill:{}\"{}>{}</text>",
                WIDTH - RIGHT + 12.0,
                y + 4.0,
                one.colour,
                one.style.weight(),
                escape(&one.name)
            ),
        );
    }
}

/// Groups of bars from the left, over a common logarithmic axis.
pub fn bars(title: &str, unit: &str, groups: &[Group]) -> String {
    const BAR: f64 = 20.0;
    const HEAD: f64 = 30.0;
    const GAP: f64 = 14.0;
    let height_of = |group: &Group| group.bars.len() as f64 * BAR + HEAD + GAP;
    let height = TOP + groups.iter().map(height_of).sum::<f64>() + BOTTOM;
    let left = LEFT + 60.0;
    let times = groups
        .iter()
        .flat_map(|group| group.bars.iter().flat_map(|bar| bar.points.iter()));
    let scale = Scale::of(times.map(|point| point.1), left, WIDTH - 110.0);
    let mut svg = begin(title, height);
    for decade in scale.decades() {
        let x = scale.at(decade);
        write(
            &mut svg,
            &format!(
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>\
                <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                height - BOTTOM,
                height - BOTTOM + 18.0,
                duration(decade)
            ),
        );
    }
    write(
        &mut svg,
        &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{unit}, median (log)</text>",
            f64::midpoint(left, WIDTH - 110.0),
            height - 14.0
        ),
    );
    let mut y = TOP;
    for group in groups {
        write(
            &mut svg,
            &format!(
                "<text x=\"16\" y=\"{:.1}\" font-weight=\"bold\">{}</text>",
                y + 20.0,
                escape(&group.title)
            ),
        );
        y += HEAD;
        for bar in &group.bars {
            for (_, time) in &bar.points {
                let x = scale.at(*time);
                write(
                    &mut svg,
                    &format!(
                        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\"{}>{}</text>\
                        <rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>\
                        <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                        left - 8.0,
                        y + 14.0,
                        bar.style.weight(),
                        escape(&bar.name),
                        y + 3.0,
                        x - left,
                        BAR - 6.0,
                        bar.colour,
                        x + 6.0,
                        y + 14.0,
                        duration(*time)
                    ),
                );
            }
            y += BAR;
        }
        y += GAP;
    }
    svg + "</svg>\n"
}

impl Style {
    const fn width(self) -> f64 {
        match self {
            Self::Ours => 3.5,
            Self::Other | Self::Floor => 1.8,
        }
    }

    const fn dashes(self) -> &'static str {
        match self {
            Self::Floor => " stroke-dasharray=\"6 4\"",
            _ => "",
        }
    }

    const fn weight(self) -> &'static str {
        match self {
            Self::Ours => " font-weight=\"bold\"",
            _ => "",
        }
    }
}

/// A logarithmic axis between two places.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Whole decades around all values.
    fn of(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let high = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
        Self {
            low,
            high: high.max(low + 1.0),
            from,
            to,
        }
    }

    fn new(ticks: &[(f64, String)], from: f64, to: f64) -> Self {
        let value = |tick: Option<&(f64, String)>| tick.map_or(1.0, |tick| tick.0).log10();
        Self {
            low: value(ticks.first()),
            high: value(ticks.last()),
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value.log10() - self.low) / (self.high - self.low);
        self.from + (self.to - self.from) * part
    }

    fn decades(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| 10f64.powi(power))
    }
}

fn begin(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\">\n\
        <!-- SPDX-License-Identifier: Apache-2.0 OR MIT -->\n\
        <title>{title}</title>\n\
        <style>\n\
        .paper{{fill:#ffffff}} .grid{{stroke:#d5d8de}} text{{fill:#22262e;font:13px system-ui,sans-serif}}\n\
        @media (prefers-color-scheme:dark){{ \
        .paper{{fill:#14171c}} .grid{{stroke:#383e48}} text{{fill:#dfe3ea}}}}\n\
        </style>\n\
        <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height:.0}\" rx=\"8\"/>\n\
        <text x=\"16\" y=\"30\" style=\"font-size:16px\" font-weight=\"bold\">{title}</text>\n",
        title = escape(title)
    )
}

fn write(svg: &mut String, element: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{element}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_spans_whole_decades() {
        let scale = Scale::of([120.0, 30_000.0].into_iter(), 0.0, 300.0);
        assert_eq!(scale.decades().collect::<Vec<_>>(), [100.0, 1e3, 1e4, 1e5]);
        assert!((scale.at(100.0) - 0.0).abs() < 1e-9);
        assert!((scale.at(1e4) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn names_do_not_lie_over_each_other() {
        let series = |name: &str| Series {
            name: name.into(),
            colour: "#000",
            points: Vec::new(),
            style: Style::Other,
        };
        let (one, other) = (series("one"), series("other"));
        let mut svg = String::new();
        labels(&mut svg, vec![(101.0, &one), (100.0, &other)]);
        assert!(
            svg.contains("y=\"104.0\"") && svg.contains("y=\"120.0\""),
            "{svg}"
        );
    }
}
