//! Blobmsg (`blobmsg.h`): named values, checked once and then read without a way to fail.
//!
//! A value is an attribute with the X bit set, its type as id, and a name before the value:
//!
//! ```text
//! +-+-------------+-----------------------------------------------+
//! |1|    type     |                    length                     |
//! +-+-------------+---------------+-------------------------------+
//! |        length of name         |  name, one NUL, padded to 4   |
//! +-------------------------------+-------------------------------+
//! |  the value: nothing, 1, 2, 4 or 8 octets, text and one NUL,   |
//! |  or for a table and an array the values in it                 |
//! +---------------------------------------------------------------+
//! ```

pub mod kind;
mod value;

pub use self::value::{Array, DEEPEST, Data, Malformed, Table, Value, parts};
