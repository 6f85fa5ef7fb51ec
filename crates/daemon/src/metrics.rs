//! Prometheus text exposition format 0.0.4, the reply to the method `metrics`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::json::Value;

/// What a metric means for those who read it over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the daemon restarts; its name ends in `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A value of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number, written exactly.
    Unsigned(u64),
    /// A time in seconds, to the microsecond.
    Seconds(Duration),
    /// More than any number.
    Infinity,
}

/// A page of metrics that is being written.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
}

/// One metric of the page, whose samples follow.
#[derive(Debug)]
pub struct MetricFamily<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a metric: all its samples are written before the next one starts, as the format asks.
    ///
    /// `name` is `[a-zA-Z_:][a-zA-Z0-9_:]*`, with the unit at its end; `help` is one sentence.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> MetricFamily<'_> {
        debug_assert!(is_name(name), "'{name}' is no metric name");
        self.text.push_str("# HELP ");
        self.text.push_str(name);
        self.text.push(' ');
        push_escaped(&mut self.text, help, false);
        self.text.push_str("\n# TYPE ");
        self.text.push_str(name);
        self.text.push_str(match kind {
            Kind::Counter => " counter\n",
            Kind::Gauge => " gauge\n",
        });
        MetricFamily {
            text: &mut self.text,
            name,
        }
    }

    /// A metric of one sample without labels.
    pub fn single(
        &mut self,
        name: &'static str,
        kind: Kind,
        help: &str,
        number: impl Into<Number>,
    ) -> &mut Self {
        self.family(name, kind, help).sample(&[], number);
        self
    }

    /// The page.
    pub fn finish(self) -> String {
        self.text
    }
}

impl MetricFamily<'_> {
    /// Writes one sample. No two samples of a metric may have the same labels.
    pub fn sample(&mut self, labels: &[(&str, &str)], number: impl Into<Number>) -> &mut Self {
        self.text.push_str(self.name);
        for (index, (label, value)) in labels.iter().enumerate() {
            debug_assert!(is_name(label), "'{label}' is no label name");
            self.text.push(if index == 0 { '{' } else { ',' });
            self.text.push_str(label);
            self.text.push_str("=\"");
            push_escaped(self.text, value, true);
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        self.text.push(' ');
        // Writing to a String cannot fail.
        let _ = match number.into() {
            Number::Unsigned(number) => write!(self.text, "{number}"),
            Number::Seconds(time) => write!(self.text, "{}", Value::seconds(time)),
            Number::Infinity => write!(self.text, "+Inf"),
        };
        self.text.push('\n');
        self
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::Unsigned(number)
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<u16> for Number {
    fn from(number: u16) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self::Unsigned(number as u64)
    }
}

impl From<bool> for Number {
    fn from(yes: bool) -> Self {
        Self::Unsigned(yes.into())
    }
}

impl From<Duration> for Number {
    fn from(time: Duration) -> Self {
        Self::Seconds(time)
    }
}

fn push_escaped(out: &mut String, text: &str, quotes: bool) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            _ => out.push(c),
        }
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let letter = |c: u8| c.is_ascii_alphabetic() || c == b'_' || c == b':';
    bytes.next().is_some_and(letter) && bytes.all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests;
