//! Queues on the uplinks' devices.

use grange_linux::{CakeControl, Kernel as _};

use crate::run::Daemon;
use crate::shaping::{self, Shaper};

impl Daemon<'_> {
    /// Makes the queues what the configuration wants.
    pub(super) fn shape(&mut self) {
        let wanted = shaping::wanted(self.agent.config());
        if !wanted.is_empty() || self.shaping.has_any() {
            self.shape_as(&wanted);
        }
    }

    /// Takes them all away.
    pub(super) fn shape_nothing(&mut self) {
        if self.shaping.has_any() {
            self.shape_as(&[]);
        }
    }

    fn shape_as(&mut self, wanted: &[Shaper]) {
        let made = match (CakeControl::new(), self.kernel.links()) {
            (Ok(mut control), Ok(links)) => {
                let made = self.shaping.reconcile(&mut control, &links, wanted);
                made.map_err(|error| error.to_string())
            }
            (Err(error), _) => Err(error.to_string()),
            (_, Err(error)) => Err(error.to_string()),
        };
        match made {
            Ok(()) => {}
            // A kernel without queues has none of ours.
            Err(error) if wanted.is_empty() => log::debug!("{error}"),
            Err(error) => self.trouble("cake", format_args!("no CAKE: {error}")),
        }
    }
}
