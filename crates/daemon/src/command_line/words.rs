//! From the words after the flags to a method and its parameters.

use crate::command_line::program::{Method, Param, ParamKind, Program};
use crate::command_line::usage_error::UsageError;
use crate::json::{Members, Value};
use crate::printable::escaped;
use crate::suggestion::nearest;

/// The method that the first word, or the first two, name, and the words after it.
pub fn method<'p, 'w>(
    program: &'p Program,
    words: &'w [String],
) -> Result<(&'p Method, &'w [String]), UsageError> {
    // A name of two words goes before one of one word.
    for count in [2, 1] {
        let Some((name, rest)) = words.split_at_checked(count) else {
            continue;
        };
        let name = name.join(" ");
        if let Some(method) = program.methods.iter().find(|method| method.name == name) {
            return Ok((method, rest));
        }
    }
    let first = words.first().map_or("", String::as_str);
    let names = || program.methods.iter().map(|method| method.name);
    let same_start: Vec<&str> = names()
        .filter(|name| {
            name.split_once(' ')
                .is_some_and(|(start, _)| start == first)
        })
        .collect();
    let shown = escaped(first);
    if !same_start.is_empty() {
        return Err(UsageError(format!(
            "'{shown}' wants one more word: {}",
            same_start.join(", ")
        )));
    }
    let two = words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
    let near = nearest(&two, names().filter(|name| name.contains(' ')))
        .or_else(|| nearest(first, names()));
    Err(UsageError(match near {
        Some(near) => format!("there is no method '{shown}', did you mean '{near}'?"),
        None => format!(
            "there is no method '{shown}', only {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    }))
}

/// The parameters that the words after the method give, as an object.
pub fn params(method: &Method, arguments: &[String]) -> Result<Value, UsageError> {
    let mut members = Members::new();
    for argument in arguments {
        if argument.trim_start().starts_with('{') {
            if arguments.len() > 1 {
                return Err(UsageError(
                    "a JSON object must be the only parameter, in quotes".to_owned(),
                ));
            }
            members = match Value::parse(argument.as_bytes()) {
                Ok(Value::Object(members)) => members,
                Ok(_) => return Err(UsageError("the parameters are no object".to_owned())),
                Err(error) => {
                    return Err(UsageError(format!("the parameters are not JSON: {error}")));
                }
            };
            known(method, &members)?;
            break;
        }
        let (param, text) = match argument.split_once('=') {
            Some((name, text)) => (param(method, name)?, text),
            None => (next_param(method, &members, argument)?, argument.as_str()),
        };
        let value = value(method, param, text)?;
        match (members.get_mut(param.name), value) {
            (Some(Value::Array(before)), Value::Array(more)) => before.extend(more),
            (Some(_), _) => {
                return Err(UsageError(format!(
                    "the parameter '{}' is given twice",
                    param.name
                )));
            }
            (None, value) => {
                members.insert(param.name.to_owned(), value);
            }
        }
    }
    Ok(Value::Object(members))
}

fn known(method: &Method, members: &Members) -> Result<(), UsageError> {
    members
        .keys()
        .try_for_each(|name| param(method, name).map(|_| ()))
}

fn param<'m>(method: &'m Method, name: &str) -> Result<&'m Param, UsageError> {
    let names = || method.params.iter().map(|param| param.name);
    let shown = escaped(name);
    if let Some(param) = method.params.iter().find(|param| param.name == name) {
        return Ok(param);
    }
    Err(UsageError(match nearest(name, names()) {
        Some(near) => format!(
            "'{}' has no parameter '{shown}', did you mean '{near}'?",
            method.name
        ),
        None if method.params.is_empty() => {
            format!("'{}' takes no parameter, not '{shown}'", method.name)
        }
        None => format!(
            "'{}' has no parameter '{shown}', only {}",
            method.name,
            names().collect::<Vec<_>>().join(", ")
        ),
    }))
}

/// The parameter that a bare word is for: the first that has no value yet, or a list.
fn next_param<'m>(
    method: &'m Method,
    members: &Members,
    word: &str,
) -> Result<&'m Param, UsageError> {
    let free = method.params.iter().find(|param| {
        matches!(param.kind, ParamKind::Choices(_)) || !members.contains_key(param.name)
    });
    free.ok_or_else(|| {
        UsageError(format!(
            "'{}' does not know what to do with '{}'",
            method.name,
            escaped(word)
        ))
    })
}

fn value(method: &Method, param: &Param, text: &str) -> Result<Value, UsageError> {
    let wrong = |what: &str| {
        UsageError(format!(
            "'{}' wants {what} for '{}', not '{}'",
            method.name,
            param.name,
            escaped(text)
        ))
    };
    let chosen = |choices: &[&str], text: &str| {
        if choices.contains(&text) {
            return Ok(Value::from(text));
        }
        let mut error = wrong(&format!("one of {}", choices.join(", ")));
        if let Some(near) = nearest(text, choices.iter().copied()) {
            error.0 = format!("{}: did you mean '{near}'?", error.0);
        }
        Err(error)
    };
    match param.kind {
        ParamKind::Text => Ok(Value::from(text)),
        ParamKind::Choice(choices) => chosen(choices, text),
        ParamKind::Choices(choices) => {
            let words = text.split(',').map(|word| chosen(choices, word));
            words.collect::<Result<_, _>>().map(Value::Array)
        }
        ParamKind::Number => match text.parse::<u64>() {
            Ok(number) if !text.starts_with('+') => Ok(Value::from(number)),
            _ => Err(wrong("a whole number")),
        },
        ParamKind::Flag => match text {
            "true" | "1" | "yes" | "on" => Ok(Value::from(true)),
            "false" | "0" | "no" | "off" => Ok(Value::from(false)),
            _ => Err(wrong("yes or no")),
        },
    }
}
