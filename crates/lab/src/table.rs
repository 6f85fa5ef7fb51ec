//! The live table: one line a router.

use std::time::Duration;

use crate::observe::{DefaultRoute, View};
use crate::topology::graph::Daemon;
use crate::watch::way_out;

/// A router's line: what it sees, and how long ago what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// What it sees.
    pub view: &'a View,
    /// The last change: how long ago, and what.
    pub change: Option<(Duration, &'a str)>,
}

/// The lines of the table, titles first. At most `most` routers are shown.
pub fn render(rows: &[Row<'_>], most: usize) -> Vec<String> {
    let titles = [
        "ROUTER",
        "NEIGHBOURS (COST)",
        "ROUTES",
        "INTERNET",
        "LAST CHANGE",
    ];
    let mut cells = vec![titles.map(str::to_owned)];
    cells.extend(rows.iter().take(most).map(cells_of));
    let mut widths = [0; 5];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut lines: Vec<String> = cells.iter().map(|row| line(row, &widths)).collect();
    if rows.len() > most {
        lines.push(format!(
            "and {} more: `grange-lab status` shows all",
            rows.len() - most
        ));
    }
    lines
}

/// Time as people say it: `7 s`, `3 min`, `2 h`.
pub fn ago(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

fn cells_of(row: &Row<'_>) -> [String; 5] {
    let view = row.view;
    let neighbours = match &view.neighbours {
        _ if view.daemon == Daemon::Nothing => "(no daemon)".to_owned(),
        _ if !view.running => "(daemon has ended)".to_owned(),
        None => "(not told)".to_owned(),
        Some(neighbours) => {
            let cost =
                |cost: Option<u16>| cost.map_or_else(|| "lost".to_owned(), |cost| cost.to_string());
            let each = neighbours
                .iter()
                .map(|(name, c)| format!("{name} {}", cost(*c)));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let (v4, v6) = (
        way_out(view.default_v4.as_ref()),
        way_out(view.default_v6.as_ref()),
    );
    let metric = match view.default_v4 {
        Some(DefaultRoute::Neighbour {
            metric: Some(metric),
            ..
        }) => format!(", {metric}"),
        _ => String::new(),
    };
    let internet = if v4 == v6 {
        format!("{v4}{metric}")
    } else {
        format!("{v4}{metric} (IPv6: {v6})")
    };
    let change = row
        .change
        .map(|(time, what)| format!("{} ago: {what}", ago(time)));
    [
        view.router.clone(),
        neighbours,
        format!("{}+{}", view.routes_v4, view.routes_v6),
        internet,
        change.unwrap_or_default(),
    ]
}

fn line(cells: &[String; 5], widths: &[usize; 5]) -> String {
    let mut line = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
