//! The table: medians, worst values and ratios, as Markdown that also reads well in a terminal.

use std::fmt::Write;

use crate::bench::figure::{Figure, Goal};
use crate::bench::rows::Row;
use crate::bench::town::DAEMONS;
use crate::topology::graph::Daemon;

/// The first two lines of the table.
pub const HEAD: &str = "\
| row | figure | grange-routed: median, worst | babeld: median, worst | BIRD: median, worst | babeld / ours | BIRD / ours | goal | met |\n\
|---|---|---|---|---|---|---|---|---|";

/// What the runs of a row gave.
#[derive(Debug, Default)]
pub struct Results {
    runs: Vec<(Daemon, Vec<f64>)>,
    /// Runs that could not be made.
    pub failures: usize,
}

impl Results {
    /// Notes the figures of a run.
    pub fn add(&mut self, daemon: Daemon, values: Vec<f64>) {
        self.runs.push((daemon, values));
    }

    /// How many runs there have been.
    pub fn done(&self) -> usize {
        self.runs.len() + self.failures
    }

    /// The values of one figure, smallest first.
    fn of(&self, daemon: Daemon, figure: usize) -> Vec<f64> {
        let own = self.runs.iter().filter(|(who, _)| *who == daemon);
        let mut values: Vec<f64> = own
            .filter_map(|(_, values)| values.get(figure).copied())
            .collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

/// The values of one run, for progress.
pub fn show(row: &Row, values: &[f64]) -> String {
    let shown = row.figures.iter().zip(values);
    let shown =
        shown.map(|(figure, value)| format!("{} {}", figure.name, figure.unit.show(*value)));
    shown.collect::<Vec<_>>().join(", ")
}

/// The lines of a row.
pub fn render(row: &Row, results: &Results) -> String {
    let lines = row.figures.iter().enumerate();
    let lines = lines.map(|(position, figure)| line(row, figure, position, results));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(row: &Row, figure: &Figure, position: usize, results: &Results) -> String {
    let values = DAEMONS.map(|daemon| results.of(daemon, position));
    let [ours, babeld, bird] = values.each_ref().map(|values| median(values));
    let mut text = format!("| {} | {} ", row.name, figure.name);
    for values in &values {
        let cell = match (median(values), values.last()) {
            (Some(median), Some(worst)) => format!(
                "{}, {} ({})",
                figure.unit.show(median),
                figure.unit.show(*worst),
                values.len()
            ),
            _ => "-".to_owned(),
        };
        add(&mut text, &cell);
    }
    for peer in [babeld, bird] {
        add(&mut text, &ratio(peer, ours));
    }
    add(&mut text, &figure.goal.show(figure.unit));
    let worst = values[0].last().copied();
    let met = ours
        .zip(worst)
        .and_then(|(median, worst)| figure.goal.is_met(median, worst, babeld));
    add(
        &mut text,
        match (figure.goal, met) {
            (Goal::Nothing, _) => "",
            (_, Some(true)) => "yes",
            (_, Some(false)) => "**no**",
            (_, None) => "not compared",
        },
    );
    text.push('|');
    text
}

/// The middle value, or the mean of the two in the middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 || upper.is_infinite() {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[middle - 1], upper))
}

fn ratio(peer: Option<f64>, ours: Option<f64>) -> String {
    match (peer, ours) {
        (Some(peer), Some(ours)) if peer.is_finite() && ours.is_finite() && ours > 0.0 => {
            let ratio = peer / ours;
            if ratio < 10.0 {
                format!("{ratio:.2}")
            } else {
                format!("{ratio:.0}")
            }
        }
        _ => "-".to_owned(),
    }
}

fn add(text: &mut String, cell: &str) {
    // Writing to a String cannot fail.
    let _ = write!(text, "| {cell} ");
}

#[cfg(test)]
mod tests;
