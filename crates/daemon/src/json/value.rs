//! A JSON value: what it is, how it is made and looked into.

use core::ops::Index;
use core::time::Duration;

use litemap::LiteMap;

/// The members of an object, by name.
pub type Members = LiteMap<String, Value>;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// An object.
    Object(Members),
}

/// A number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number that is not negative.
    Unsigned(u64),
    /// Any other, as it is written.
    Other(String),
}

static NULL: Value = Value::Null;

/// Not generic, so that it is there once, however many kinds of objects there are.
fn object_of(object: &mut Members, members: &mut dyn Iterator<Item = (&str, Value)>) {
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
}

impl Value {
    /// Seconds with as many decimals as it takes, to the microsecond.
    pub fn seconds(time: Duration) -> Self {
        let micros = time.subsec_micros();
        Self::Number(if micros == 0 {
            Number::Unsigned(time.as_secs())
        } else {
            let text = format!("{}.{micros:06}", time.as_secs());
            Number::Other(text.trim_end_matches('0').to_owned())
        })
    }

    /// An object of these members.
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        let mut object = Members::new();
        object_of(&mut object, &mut members.into_iter());
        Self::Object(object)
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// True or false, if this is either.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The number, if this is a whole one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(Number::Unsigned(number)) => Some(*number),
            _ => None,
        }
    }

    /// The number, if this is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(Number::Unsigned(number)) => i64::try_from(*number).ok(),
            Self::Number(Number::Other(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members.get_mut(name),
            _ => None,
        }
    }

    /// The entries, if this is a list.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// Puts a member into an object; of anything else nothing is changed.
    pub fn insert(&mut self, name: &str, value: impl Into<Self>) {
        if let Self::Object(members) = self {
            members.insert(name.to_owned(), value.into());
        }
    }

    /// The entries, if this is a list.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }
}

/// The member of that name; `null` where there is none.
impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Number::Unsigned(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        u64::from(number).into()
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        u64::from(number).into()
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        (number as u64).into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(match u64::try_from(number) {
            Ok(number) => Number::Unsigned(number),
            Err(_) => Number::Other(number.to_string()),
        })
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<&Self> for Value {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl From<&[Self]> for Value {
    fn from(values: &[Self]) -> Self {
        Self::Array(values.to_vec())
    }
}

impl<const N: usize> From<[Self; N]> for Value {
    fn from(values: [Self; N]) -> Self {
        Self::Array(values.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

/// What the other reader of JSON read: for programs of the host and for tests.
impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(yes) => Self::Bool(yes),
            serde_json::Value::Number(number) => Self::Number(
                number
                    .as_u64()
                    .map_or_else(|| Number::Other(number.to_string()), Number::Unsigned),
            ),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(values) => values.into_iter().collect(),
            serde_json::Value::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            ),
        }
    }
}

impl PartialEq<serde_json::Value> for Value {
    fn eq(&self, other: &serde_json::Value) -> bool {
        let other: Self = other.clone().into();
        *self == other
    }
}
