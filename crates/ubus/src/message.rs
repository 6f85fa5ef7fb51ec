//! Messages between a client and ubusd (`ubusmsg.h`).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------------------------------+
//! |   version 0   |     kind      |              seq              |
//! +---------------+---------------+-------------------------------+
//! |                             peer                              |
//! +---------------------------------------------------------------+
//! |  one blob of id 0, which holds the attributes                 |
//! +---------------------------------------------------------------+
//! ```

use crate::blob::{self, Attribute, Attributes};
use crate::blobmsg::{Malformed, Table};

/// Octets before the blob.
pub const HEADER_BYTES: usize = 8;

/// What a message is (`enum ubus_msg_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub u8);

#[expect(missing_docs, reason = "the names are ubus's own")]
impl Kind {
    pub const HELLO: Self = Self(0);
    pub const STATUS: Self = Self(1);
    pub const DATA: Self = Self(2);
    pub const PING: Self = Self(3);
    pub const LOOKUP: Self = Self(4);
    pub const INVOKE: Self = Self(5);
    pub const ADD_OBJECT: Self = Self(6);
    pub const REMOVE_OBJECT: Self = Self(7);
    pub const SUBSCRIBE: Self = Self(8);
    pub const UNSUBSCRIBE: Self = Self(9);
    pub const NOTIFY: Self = Self(10);
    pub const MONITOR: Self = Self(11);
}

/// The attributes of a message (`enum ubus_msg_attr`).
#[expect(missing_docs, reason = "the names are ubus's own")]
pub mod attribute {
    pub const STATUS: u8 = 1;
    pub const OBJPATH: u8 = 2;
    pub const OBJID: u8 = 3;
    pub const METHOD: u8 = 4;
    pub const OBJTYPE: u8 = 5;
    pub const SIGNATURE: u8 = 6;
    pub const DATA: u8 = 7;
    pub const TARGET: u8 = 8;
    pub const ACTIVE: u8 = 9;
    pub const NO_REPLY: u8 = 10;
    pub const SUBSCRIBERS: u8 = 11;
    pub const USER: u8 = 12;
    pub const GROUP: u8 = 13;
}

/// What comes before the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the message is.
    pub kind: Kind,
    /// An answer has that of its question.
    pub seq: u16,
    /// The client or object at the other end, as `kind` has it.
    pub peer: u32,
}

/// A message, taken apart. An attribute that does not have the size of its type counts as absent, as it does
/// for ubusd; of two with the same id, the last counts. Data and signature are not checked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What comes first.
    pub header: Header,
    /// How a call ended.
    pub status: Option<i32>,
    /// The path of an object.
    pub path: Option<&'a [u8]>,
    /// The number of an object.
    pub object: Option<u32>,
    /// The name of a method, event or notification.
    pub method: Option<&'a [u8]>,
    /// The number of a signature.
    pub object_type: Option<u32>,
    /// Methods and their arguments.
    pub signature: Option<&'a [u8]>,
    /// Arguments or an answer.
    pub data: Option<&'a [u8]>,
    /// The number of the object that is subscribed to.
    pub target: Option<u32>,
    /// Whether there are subscribers.
    pub active: Option<bool>,
    /// Whether nobody waits for an answer.
    pub no_reply: bool,
    /// Who was notified.
    pub subscribers: Option<&'a [u8]>,
    /// Whose process the caller is.
    pub user: Option<&'a [u8]>,
    /// The group of the caller's process.
    pub group: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Takes a message apart; `None` if it is shorter than its header or than its blob says.
    ///
    /// An attribute that is cut off ends the message, as it does for ubusd.
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        let (header, rest) = octets.split_first_chunk::<HEADER_BYTES>()?;
        let [0, kind, s0, s1, p0, p1, p2, p3] = *header else {
            return None;
        };
        let header = Header {
            kind: Kind(kind),
            seq: u16::from_be_bytes([s0, s1]),
            peer: u32::from_be_bytes([p0, p1, p2, p3]),
        };
        let length = blob::length_of(*rest.first_chunk()?);
        let inside = rest.get(blob::HEADER_BYTES..length)?;
        let mut message = Self::new(header);
        for attribute in Attributes::new(inside).map_while(Result::ok) {
            message.take(attribute);
        }
        Some(message)
    }

    /// The data, checked; a message without data has none in it.
    pub fn data(&self) -> Result<Table<'a>, Malformed> {
        Table::check(self.data.unwrap_or_default())
    }

    fn new(header: Header) -> Self {
        Self {
            header,
            status: None,
            path: None,
            object: None,
            method: None,
            object_type: None,
            signature: None,
            data: None,
            target: None,
            active: None,
            no_reply: false,
            subscribers: None,
            user: None,
            group: None,
        }
    }

    fn take(&mut self, attribute: Attribute<'a>) {
        let octets = attribute.payload;
        let number = || octets.try_into().ok().map(u32::from_be_bytes);
        let flag = || <[u8; 1]>::try_from(octets).ok().map(|[flag]| flag != 0);
        let text = || blob::text(octets);
        match attribute.id {
            attribute::STATUS => self.status = number().map(u32::cast_signed),
            attribute::OBJPATH => self.path = text(),
            attribute::OBJID => self.object = number(),
            attribute::METHOD => self.method = text(),
            attribute::OBJTYPE => self.object_type = number(),
            attribute::SIGNATURE => self.signature = Some(octets),
            attribute::DATA => self.data = Some(octets),
            attribute::TARGET => self.target = number(),
            attribute::ACTIVE => self.active = flag(),
            attribute::NO_REPLY => self.no_reply = flag().unwrap_or(false),
            attribute::SUBSCRIBERS => self.subscribers = Some(octets),
            attribute::USER => self.user = text(),
            attribute::GROUP => self.group = text(),
            _ => {}
        }
    }
}

/// Appends one message to a buffer, attribute by attribute.
#[derive(Debug)]
#[must_use = "a message is whole when it is finished"]
pub struct Composer<'a> {
    buffer: &'a mut Vec<u8>,
    blob: usize,
}

impl<'a> Composer<'a> {
    /// Starts a message.
    pub fn new(buffer: &'a mut Vec<u8>, header: Header) -> Self {
        buffer.extend_from_slice(&[0, header.kind.0]);
        buffer.extend_from_slice(&header.seq.to_be_bytes());
        buffer.extend_from_slice(&header.peer.to_be_bytes());
        let blob = blob::open(buffer, 0, false);
        Self { buffer, blob }
    }

    /// A number.
    pub fn number(self, id: u8, value: u32) -> Self {
        self.octets(id, &value.to_be_bytes())
    }

    /// A flag.
    pub fn flag(self, id: u8, value: bool) -> Self {
        self.octets(id, &[value.into()])
    }

    /// Text, up to its first NUL.
    pub fn text(self, id: u8, value: &str) -> Self {
        let at = blob::open(self.buffer, id, false);
        self.buffer
            .extend_from_slice(blob::before_nul(value.as_bytes()));
        self.buffer.push(0);
        blob::close(self.buffer, at);
        self
    }

    /// Octets as they are.
    pub fn octets(self, id: u8, value: &[u8]) -> Self {
        blob::put(self.buffer, id, value);
        self
    }

    /// Ends the message.
    pub fn finish(self) {
        blob::close(self.buffer, self.blob);
    }
}
