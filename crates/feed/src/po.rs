//! Translations as people edit them: the `.po` files of gettext.

/// Why a `.po` file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoError {
    /// A line that is neither empty, a comment, a keyword with a text, nor a text.
    #[error("line {line}: not understood: {text:?}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// The beginning of it.
        text: String,
    },
    /// A text that does not end, or that has something behind its end.
    #[error(
        "line {line}: a text must begin and end with \" and have no \" inside without a \\ before it"
    )]
    Quotes {
        /// Counted from 1.
        line: usize,
    },
    /// A keyword where it cannot be.
    #[error(
        "line {line}: {keyword} has no place here: an entry is msgctxt, msgid, msgid_plural, msgstr, in this order"
    )]
    Order {
        /// Counted from 1.
        line: usize,
        /// Which.
        keyword: String,
    },
    /// More forms than any language has.
    #[error("line {line}: a plural form must be a number from 0 to 9")]
    Form {
        /// Counted from 1.
        line: usize,
    },
}

/// One entry. Texts have their `\"` and `\\` taken back; other escapes stay as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What tells two equal texts apart.
    pub context: Option<String>,
    /// The text in the program; empty for the header.
    pub id: String,
    /// Whether it has forms by number.
    pub has_plural: bool,
    /// The translations: one, or one a form. Empty where there is none yet.
    pub forms: Vec<String>,
}

const MOST_FORMS: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Start,
    Context,
    Id,
    Plural,
    Form(usize),
}

/// The entries of a file, in its order, the header with the empty id among them.
pub fn messages(text: &str) -> Result<Vec<Message>, PoError> {
    let mut done = Vec::new();
    let mut now = Message::default();
    let mut place = Place::Start;
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let raw = raw.trim();
        if raw.is_empty() || raw.starts_with('#') {
            continue;
        }
        let Some(quote) = raw.find('"') else {
            let text = raw.chars().take(40).collect();
            return Err(PoError::Line { line, text });
        };
        let keyword = raw[..quote].trim();
        let next = match keyword {
            "" if place == Place::Start => {
                let text = raw.chars().take(40).collect();
                return Err(PoError::Line { line, text });
            }
            "" => place,
            "msgctxt" => Place::Context,
            "msgid" => Place::Id,
            "msgid_plural" => Place::Plural,
            _ => Place::Form(form(keyword, line)?),
        };
        if !keyword.is_empty() {
            let follows = match (place, next) {
                (Place::Start | Place::Form(_), Place::Context | Place::Id)
                | (Place::Context, Place::Id)
                | (Place::Id, Place::Plural) => true,
                (Place::Id | Place::Plural, Place::Form(form)) => form == 0,
                (Place::Form(before), Place::Form(form)) => now.has_plural && form == before + 1,
                _ => false,
            };
            if !follows {
                let keyword = keyword.to_owned();
                return Err(PoError::Order { line, keyword });
            }
            if matches!(place, Place::Form(_)) && !matches!(next, Place::Form(_)) {
                done.push(std::mem::take(&mut now));
            }
        }
        place = next;
        let piece = quoted(&raw[quote..]).ok_or(PoError::Quotes { line })?;
        match place {
            Place::Start => {}
            Place::Context => now.context.get_or_insert_default().push_str(&piece),
            Place::Id => now.id.push_str(&piece),
            // The text itself is known by its singular.
            Place::Plural => now.has_plural = true,
            Place::Form(form) => {
                now.forms.resize(form + 1, String::new());
                now.forms[form].push_str(&piece);
            }
        }
    }
    if matches!(place, Place::Form(_)) {
        done.push(now);
    }
    Ok(done)
}

/// `msgstr` or `msgstr[2]`.
fn form(keyword: &str, line: usize) -> Result<usize, PoError> {
    let Some(rest) = keyword.strip_prefix("msgstr") else {
        let text = keyword.chars().take(40).collect();
        return Err(PoError::Line { line, text });
    };
    if rest.is_empty() {
        return Ok(0);
    }
    let number = rest
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    number
        .and_then(|number| number.parse().ok())
        .filter(|form| *form < MOST_FORMS)
        .ok_or(PoError::Form { line })
}

/// A text between quotes, which must be all there is.
fn quoted(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('"')?;
    let mut text = String::new();
    let mut letters = inner.chars();
    loop {
        match letters.next()? {
            '"' => return letters.as_str().is_empty().then_some(text),
            '\\' => match letters.next()? {
                letter @ ('"' | '\\') => text.push(letter),
                letter => text.extend(['\\', letter]),
            },
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests;
