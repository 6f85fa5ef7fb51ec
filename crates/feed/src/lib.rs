//! grange-feed: OpenWrt packages and feeds, made, signed and checked on the host.
//!
//! | module | what it is |
//! |---|---|
//! | [`recipe`] | a package as feeds/grange/NAME/Makefile describes it, read through GNU make |
//! | [`package`] | a package before it has a format; [`name`], [`tree`]: what it is made of |
//! | [`apk_scripts`] | what apk runs before and after
//! | [`po`], [`lmo`] | translations, as people edit them and as LuCI reads them |
//! | [`ipk`] | the format of opkg; [`tarball`], [`gzip`], [`control`]: its parts |
//! | [`index`] | `Packages` |
//! | [`apk`], [`apk_index`] | the format of apk 3 and its index; [`adb`]: the binary form of both |
//! | [`usign`], [`ec`], [`keyring`] | keys and signatures of opkg and apk, and the folder they live in |
//! | [`feed`] | a whole feed, put in place by one rename |
//! | [`verify`] | the check of a whole feed |
//!
//! Invariants: the same input gives the same octets, on every machine; whatever is read is bounded, and
//! refused with a reason if it is not as it should be; no feed is ever half there.
#![forbid(unsafe_code)]

pub mod adb;
pub mod apk;
pub mod apk_index;
pub mod apk_scripts;
pub mod control;
pub mod ec;
pub mod feed;
pub mod gzip;
pub mod index;
pub mod ipk;
pub mod keyring;
pub mod lmo;
pub mod name;
pub mod package;
pub mod po;
mod program;
pub mod recipe;
pub mod tarball;
pub mod tree;
pub mod usign;
pub mod verify;

pub use program::main;
