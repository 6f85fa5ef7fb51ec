//! What takes longer than a call: it is started, then asked for until it is done.

use core::time::Duration;

use grange_daemon::json::Value;
use grange_daemon::object;

use crate::daemon_link::Problem;

/// Jobs that run at a time.
pub const MOST_RUNNING: usize = 4;
/// How long a job is remembered after its end.
const REMEMBERED: Duration = Duration::from_mins(10);
/// Jobs remembered at most.
const MOST_REMEMBERED: usize = 32;

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub u32);

/// Jobs, running and done.
#[derive(Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
    last: u32,
}

#[derive(Debug)]
struct Job {
    id: JobId,
    object: &'static str,
    method: &'static str,
    progress_percent: u8,
    ended: Option<(Duration, Result<Value, Problem>)>,
}

impl Jobs {
    /// Starts one, unless too many run.
    pub fn start(
        &mut self,
        object: &'static str,
        method: &'static str,
        now: Duration,
    ) -> Option<JobId> {
        self.tidy(now);
        let running = self.jobs.iter().filter(|job| job.ended.is_none());
        if running.count() >= MOST_RUNNING {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        let id = JobId(self.last);
        self.jobs.push(Job {
            id,
            object,
            method,
            progress_percent: 0,
            ended: None,
        });
        Some(id)
    }

    /// How far one is.
    pub fn progress(&mut self, id: JobId, percent: u8) {
        if let Some(job) = self.find(id) {
            job.progress_percent = percent.min(100);
        }
    }

    /// One has ended.
    pub fn end(&mut self, id: JobId, outcome: Result<Value, Problem>, now: Duration) {
        if let Some(job) = self.find(id) {
            job.progress_percent = 100;
            job.ended = Some((now, outcome));
        }
        self.tidy(now);
    }

    /// What is known of the job with that number.
    pub fn row(&self, id: &str, now: Duration) -> Option<Value> {
        let known = self.jobs.iter().filter(|job| !job.is_forgotten(now));
        let job = known.into_iter().find(|job| job.id.0.to_string() == id)?;
        let (state, result, problem) = match &job.ended {
            None => ("running", Value::Null, Value::Null),
            Some((_, Ok(result))) => ("done", result.clone(), Value::Null),
            Some((_, Err(problem))) => ("failed", Value::Null, problem.to_json()),
        };
        Some(object! {
            "id": id,
            "object": job.object,
            "method": job.method,
            "state": state,
            "progress_percent": job.progress_percent,
            "result": result,
            "problem": problem,
        })
    }

    fn find(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    fn tidy(&mut self, now: Duration) {
        self.jobs.retain(|job| !job.is_forgotten(now));
        while self.jobs.len() > MOST_REMEMBERED
            && let Some(place) = self.jobs.iter().position(|job| job.ended.is_some())
        {
            self.jobs.remove(place);
        }
    }
}

impl Job {
    fn is_forgotten(&self, now: Duration) -> bool {
        let ended = self.ended.as_ref();
        ended.is_some_and(|(ended, _)| now.saturating_sub(*ended) >= REMEMBERED)
    }
}

impl Problem {
    /// As it is answered.
    pub fn to_json(&self) -> Value {
        object! { "code": self.code.as_str(), "message": self.message.as_str() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_asked_for_until_it_is_done_and_then_forgotten() {
        let mut jobs = Jobs::default();
        let second = Duration::from_secs(1);
        let started: Vec<_> = (0..5)
            .map(|_| jobs.start("grange.mesh", "linktest", second))
            .collect();
        assert_eq!(started.iter().flatten().count(), MOST_RUNNING);
        let id = JobId(2);
        jobs.progress(id, 40);
        let row = jobs.row("2", second).unwrap_or_default();
        assert_eq!(
            (&row["state"], &row["progress_percent"]),
            (&json!("running"), &json!(40))
        );
        jobs.end(id, Ok(json!({"sent": 1})), second);
        let row = jobs.row("2", second).unwrap_or_default();
        assert_eq!(
            (&row["state"], &row["result"]["sent"]),
            (&json!("done"), &json!(1))
        );
        assert_eq!(jobs.row("2", second + REMEMBERED), None);
        assert_eq!(jobs.row("77", second), None);
        assert!(jobs.start("grange.mesh", "linktest", second).is_some());
    }
}
