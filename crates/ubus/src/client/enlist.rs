//! Publishing, listening and subscribing: on every connection anew.

use core::time::Duration;

use crate::client::ask::EVENT_OBJECT;
use crate::client::own::{Own, Role};
use crate::client::pending::Purpose;
use crate::client::state::{Client, PATIENCE};
use crate::event::{Event, ObjectKey};
use crate::message::{Kind, attribute};
use crate::object::Object;
use crate::status::Status;
use crate::writer::{TooLong, Writer};

/// When what was refused is tried again: a path may still be held by whom we replace.
const RETRY: Duration = Duration::from_secs(5);
/// ubusd's own event about a new object.
pub(crate) const OBJECT_ADDED: &str = "ubus.object.add";

impl Client {
    /// Publishes an object on this connection and all to come.
    pub fn publish(&mut self, object: Object, now: Duration) -> ObjectKey {
        let subscribers = false;
        self.enlist(
            Role::Public {
                object,
                subscribers,
            },
            now,
        )
    }

    /// Listens for events, each by its name or by a pattern that ends with `*`.
    pub fn listen(&mut self, patterns: &[&str], now: Duration) -> ObjectKey {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned());
        self.enlist(Role::Listener(patterns.collect()), now)
    }

    /// Subscribes to what the object at that path says, whenever there is one.
    pub fn subscribe(&mut self, path: &str, now: Duration) -> ObjectKey {
        let hears_of_objects = self.own.iter().any(|own| {
            matches!(&own.role, Role::Listener(patterns) if patterns.iter().any(|known| known == OBJECT_ADDED))
        });
        if !hears_of_objects {
            self.listen(&[OBJECT_ADDED], now);
        }
        let path = path.to_owned();
        self.enlist(Role::Subscriber { path, target: None }, now)
    }

    /// Puts all our objects on a new connection.
    pub(crate) fn enlist_all(&mut self, now: Duration) {
        for place in 0..self.own.len() {
            self.add(place, now);
        }
        self.note_ready();
    }

    /// Tries again what was refused, if it is time.
    pub(crate) fn enlist_again(&mut self, now: Duration) {
        for place in 0..self.own.len() {
            let own = self.own.get_mut(place);
            if own.is_some_and(|own| own.retry.take_if(|at| *at <= now).is_some()) {
                self.add(place, now);
            }
        }
    }

    /// ubusd has given an object of ours a number, or not.
    pub(crate) fn added(&mut self, place: usize, status: Status, now: Duration) {
        let Some(own) = self.own.get_mut(place) else {
            return;
        };
        let Some(object) = own.object.filter(|_| status.is_ok()) else {
            own.object = None;
            own.retry = Some(now + RETRY);
            let object = ObjectKey(place);
            self.events.push_back(Event::Refused { object, status });
            return;
        };
        match &own.role {
            Role::Public { .. } => {}
            Role::Listener(patterns) => {
                for pattern in patterns.clone() {
                    self.register(object, &pattern, now);
                }
            }
            Role::Subscriber { .. } => self.find_target(place, now),
        }
    }

    /// The object that is to be subscribed to was found, or not.
    pub(crate) fn target_found(&mut self, place: usize, target: Option<u32>, now: Duration) {
        let own = self.own.get(place).and_then(|own| own.object);
        let (Some(object), Some(target)) = (own, target) else {
            return;
        };
        let purpose = Purpose::Subscribe { own: place, target };
        self.ask((Kind::SUBSCRIBE, 0), now + PATIENCE, purpose, |composer| {
            composer
                .number(attribute::OBJID, object)
                .number(attribute::TARGET, target)
        });
    }

    /// ubusd has subscribed us, or not.
    pub(crate) fn subscribed(&mut self, place: usize, subscribed_to: u32, status: Status) {
        if let Some(Role::Subscriber { target, .. }) =
            self.own.get_mut(place).map(|own| &mut own.role)
            && status.is_ok()
        {
            *target = Some(subscribed_to);
            self.events.push_back(Event::Subscribed(ObjectKey(place)));
        }
    }

    /// What we subscribe to has gone.
    pub(crate) fn unsubscribed(&mut self, place: usize, gone: u32) {
        if let Some(Role::Subscriber { target, .. }) =
            self.own.get_mut(place).map(|own| &mut own.role)
            && target.take_if(|target| *target == gone).is_some()
        {
            self.events.push_back(Event::Unsubscribed(ObjectKey(place)));
        }
    }

    /// There is a new object at that path: perhaps one that we want to subscribe to.
    pub(crate) fn object_added(&mut self, added: &str, now: Duration) {
        for place in 0..self.own.len() {
            let role = self.own.get(place).map(|own| &own.role);
            if let Some(Role::Subscriber { path, target: None }) = role
                && path == added
            {
                self.find_target(place, now);
            }
        }
    }

    /// Says once on each connection that all our objects are in place.
    pub(crate) fn note_ready(&mut self) {
        if self.is_connected() && !self.is_ready && !self.questions.is_enlisting() {
            self.is_ready = true;
            self.events.push_back(Event::Ready);
        }
    }

    fn enlist(&mut self, role: Role, now: Duration) -> ObjectKey {
        let place = self.own.len();
        self.own.push(Own::new(role));
        self.add(place, now);
        ObjectKey(place)
    }

    fn add(&mut self, place: usize, now: Duration) {
        if !self.is_connected() {
            return;
        }
        let public = match self.own.get(place).map(|own| &own.role) {
            Some(Role::Public { object, .. }) => Some(*object),
            _ => None,
        };
        let signature = public.map(|object| object.signature());
        if matches!(signature, Some(Err(TooLong))) {
            return self.added(place, Status::NO_MEMORY, now);
        }
        let purpose = Purpose::Add(place);
        self.ask(
            (Kind::ADD_OBJECT, 0),
            now + PATIENCE,
            purpose,
            |composer| match (public, signature) {
                (Some(object), Some(Ok(signature))) => composer
                    .text(attribute::OBJPATH, object.path)
                    .octets(attribute::SIGNATURE, &signature),
                _ => composer,
            },
        );
    }

    fn register(&mut self, object: u32, pattern: &str, now: Duration) {
        let data = Writer::data(|writer| {
            writer
                .int32("object", object.cast_signed())
                .string("pattern", pattern);
        });
        if let Ok(data) = data {
            self.invoke(
                EVENT_OBJECT,
                "register",
                &data,
                now + PATIENCE,
                Purpose::Listen,
            );
        }
    }

    fn find_target(&mut self, place: usize, now: Duration) {
        let Some(Role::Subscriber { path, .. }) = self.own.get(place).map(|own| &own.role) else {
            return;
        };
        let path = path.clone();
        let target = None;
        let purpose = Purpose::FindTarget { own: place, target };
        self.ask((Kind::LOOKUP, 0), now + PATIENCE, purpose, |composer| {
            composer.text(attribute::OBJPATH, &path)
        });
    }
}
