//! The numbers of the types (`enum blobmsg_type`).

/// JSON's null.
pub const UNSPEC: u8 = 0;
/// Values without names.
pub const ARRAY: u8 = 1;
/// Values with names.
pub const TABLE: u8 = 2;
/// Text ended by NUL.
pub const STRING: u8 = 3;
/// Eight octets.
pub const INT64: u8 = 4;
/// Four octets.
pub const INT32: u8 = 5;
/// Two octets.
pub const INT16: u8 = 6;
/// One octet; a boolean wherever JSON is spoken.
pub const INT8: u8 = 7;
/// IEEE 754, eight octets.
pub const DOUBLE: u8 = 8;
