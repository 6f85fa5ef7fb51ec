//! The methods of the control socket.

use grange_daemon::control::Call;
use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::object;
use grange_daemon::params::{Params, missing};
use grange_ubus::{Data, json};

use crate::facts::Source;
use crate::metrics;
use crate::objects;
use crate::program::PROGRAM;
use crate::run::callers::Asker;
use crate::run::{Daemon, now};

impl Daemon<'_> {
    pub(super) fn answer_control(&mut self, call: &Call) {
        let none = Params::new(&call.params, &[]).map(drop);
        let outcome = match (call.method.as_str(), none) {
            ("call", _) => match self.object_call(&call.params) {
                Ok((object, method, arguments)) => {
                    let asker = self.callers.admit(Asker::Control(call.client));
                    return self
                        .service
                        .handle_call(asker, object, method, arguments, now());
                }
                Err(error) => Err(error),
            },
            (_, Err(error)) => Err(error),
            ("status", _) => Ok(self.status()),
            ("metrics", _) => {
                let is_on_bus = self.bus.client().is_connected();
                Ok(Value::String(metrics::page(&self.service, is_on_bus)))
            }
            ("reload", _) => match self.reload() {
                Ok(warnings) => Ok(object! { "warnings": warnings }),
                Err(error) => Err(ControlError::refused(error)),
            },
            (method, _) => {
                let names = PROGRAM.methods.iter().map(|method| method.name);
                Err(ControlError::unknown_method(method, names))
            }
        };
        self.server.reply(call.client, outcome);
    }

    fn status(&mut self) -> Value {
        let daemons = Source::ALL.map(|source| {
            object! { "name": source.name(), "answers": self.service.is_up(source) }
        });
        object! {
            "name": PROGRAM.name,
            "version": PROGRAM.version,
            "pid": std::process::id(),
            "on_bus": self.bus.client().is_connected(),
            "objects": self.callers.paths(),
            "daemons": daemons,
            "history_bytes": self.service.history().bytes(),
            "history_series": self.service.history().all().len(),
            "watched": self.service.is_watched(),
            "calls": self.service.counters().calls,
        }
    }

    /// A method of an object, as on the bus.
    fn object_call(
        &self,
        params: &Value,
    ) -> Result<(&'static str, &'static str, Data), ControlError> {
        let params = Params::new(params, &["object", "method", "arguments"])?;
        let path = params.text("object")?.ok_or_else(|| missing("object"))?;
        let name = params.text("method")?.ok_or_else(|| missing("method"))?;
        let mut known = objects::of(&self.config);
        let object = known.find(|object| object.path == path);
        let object = object.ok_or_else(|| ControlError::bad_params("there is no such object"))?;
        let method = object.method(name.as_bytes());
        let method = method.ok_or_else(|| {
            ControlError::unknown_method(name, object.methods.iter().map(|method| method.name))
        })?;
        let text = params.text("arguments")?.unwrap_or("{}");
        let arguments = match Value::parse(text.as_bytes()) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err("this is none".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let arguments = arguments.map_err(|error| {
            ControlError::bad_params(format!("the arguments must be a JSON object: {error}"))
        })?;
        let data = json::from_json(&arguments)
            .map_err(|error| ControlError::bad_params(error.to_string()))?;
        if !method.accepts(data.table()) {
            return Err(ControlError::bad_params("an argument has the wrong type"));
        }
        Ok((object.path, method.name, data))
    }
}
