//! Rate limiting of log messages by their cause: a router's log holds 64 KB, and a neighbour that
//! sends rubbish a hundred times a second must not push everything else out of it.

use core::fmt;
use core::time::Duration;

use log::Level;

/// Causes remembered at once; when there are more, the one that was quiet longest gives way.
const MOST_CAUSES: usize = 32;

/// Remembers when each cause was last heard, and how often it was suppressed since.
#[derive(Debug)]
pub struct Throttle {
    interval_micros: u64,
    causes: Vec<Cause>,
}

#[derive(Debug)]
struct Cause {
    name: &'static str,
    logged_micros: u64,
    suppressed: u32,
}

impl Throttle {
    /// At most one message per cause in that time.
    pub fn new(interval: Duration) -> Self {
        Self {
            interval_micros: u64::try_from(interval.as_micros()).unwrap_or(u64::MAX),
            causes: Vec::new(),
        }
    }

    /// Whether a message of that cause may be written at that time (microseconds of a monotonic
    /// clock); if so, how many of its kind were suppressed since the last one.
    pub fn allow(&mut self, cause: &'static str, now_micros: u64) -> Option<u32> {
        if let Some(known) = self.causes.iter_mut().find(|known| known.name == cause) {
            if now_micros.saturating_sub(known.logged_micros) < self.interval_micros {
                known.suppressed = known.suppressed.saturating_add(1);
                return None;
            }
            known.logged_micros = now_micros;
            return Some(std::mem::take(&mut known.suppressed));
        }
        if self.causes.len() >= MOST_CAUSES {
            let quietest = (self.causes.iter().enumerate()).min_by_key(|(_, c)| c.logged_micros);
            if let Some((index, _)) = quietest {
                self.causes.swap_remove(index);
            }
        }
        self.causes.push(Cause {
            name: cause,
            logged_micros: now_micros,
            suppressed: 0,
        });
        Some(0)
    }

    /// Logs the text if its cause is allowed to speak, and says how many others it stands for.
    ///
    /// Use `format_args!`: a suppressed message is not even formatted.
    pub fn log(
        &mut self,
        level: Level,
        cause: &'static str,
        now_micros: u64,
        text: fmt::Arguments<'_>,
    ) {
        // A level that is not written must not use up the cause's turn.
        if level > log::max_level() {
            return;
        }
        match self.allow(cause, now_micros) {
            None => {}
            Some(0) => log::log!(level, "{text}"),
            Some(more) => log::log!(level, "{text} (and {more} more like it)"),
        }
    }
}

impl Default for Throttle {
    /// One message per cause in a minute.
    fn default() -> Self {
        Self::new(Duration::from_mins(1))
    }
}

#[cfg(test)]
mod tests;
