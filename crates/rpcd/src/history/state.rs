//! All series.

use core::time::Duration;

use crate::history::series::{Name, Series};

/// What all rings may take together, octets.
pub const MOST_BYTES: usize = 300 << 10;
/// A series that has had no value for so long gives way to a new one.
pub(crate) const FORGOTTEN: Duration = Duration::from_hours(1);

/// All series.
#[derive(Debug, Default)]
pub struct History {
    pub(crate) series: Vec<Series>,
}

impl History {
    /// Values of a series as they are now. `fine` keeps the second as well.
    pub fn note(&mut self, name: &Name, values: &[Option<u32>], fine: bool, now: Duration) {
        if !self.series.iter().any(|series| series.name() == name) {
            self.admit(name, now);
        }
        let mut found = self.series.iter_mut();
        if let Some(series) = found.find(|series| series.name() == name) {
            series.note(values, fine, now);
        }
        // Seconds come last: without room for them, minutes go on.
        if self.bytes() > MOST_BYTES {
            self.forget_seconds();
        }
    }

    /// Nobody has looked for a while: seconds are not kept.
    pub fn forget_seconds(&mut self) {
        self.series.iter_mut().for_each(Series::forget_seconds);
    }

    /// The series of that name.
    pub fn find(&self, name: &Name) -> Option<&Series> {
        self.series.iter().find(|series| series.name() == name)
    }

    /// All series.
    pub fn all(&self) -> &[Series] {
        &self.series
    }

    /// What all rings take, octets.
    pub fn bytes(&self) -> usize {
        self.series.iter().map(Series::bytes).sum()
    }

    fn admit(&mut self, name: &Name, now: Duration) {
        let series = Series::new(name.clone());
        while self.bytes() + series.bytes_when_full() > MOST_BYTES {
            let oldest = self.series.iter().enumerate();
            let oldest = oldest.min_by_key(|(_, series)| series.last_noted());
            match oldest {
                Some((place, oldest)) if now.saturating_sub(oldest.last_noted()) >= FORGOTTEN => {
                    self.series.remove(place);
                }
                _ => return,
            }
        }
        self.series.push(series);
    }
}
