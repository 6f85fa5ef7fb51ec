//! docs/rpcd-schema.json, and whether a value has a shape of it: as much of JSON Schema as is used there.

use serde_json::Value;

/// The file.
pub(crate) fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rpcd-schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with a value, by the shape of that name; nothing if it has it.
pub(crate) fn wrong(schema: &Value, shape: &str, value: &Value) -> Option<String> {
    let shape = &schema["$defs"][shape];
    assert!(shape.is_object(), "there is no such shape");
    check(schema, shape, value, "reply")
}

fn check(schema: &Value, shape: &Value, value: &Value, place: &str) -> Option<String> {
    for key in shape.as_object().unwrap().keys() {
        let known = [
            "$ref",
            "anyOf",
            "enum",
            "type",
            "required",
            "additionalProperties",
            "properties",
            "items",
        ];
        assert!(known.contains(&key.as_str()), "{key} is not understood");
    }
    if let Some(reference) = shape["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        return check(schema, &schema["$defs"][name], value, place);
    }
    if let Some(choices) = shape["anyOf"].as_array() {
        let wrongs: Vec<String> = choices
            .iter()
            .map_while(|shape| check(schema, shape, value, place))
            .collect();
        return (wrongs.len() == choices.len()).then(|| wrongs.join("; or "));
    }
    if let Some(choices) = shape["enum"].as_array() {
        return (!choices.contains(value)).then(|| format!("{place} is {value}"));
    }
    let types = match &shape["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    if !types
        .iter()
        .any(|name| has_type(value, name.as_str().unwrap()))
    {
        return Some(format!("{place} is {value}, not {}", shape["type"]));
    }
    if let Some(values) = value.as_array()
        && shape["items"].is_object()
    {
        let mut values = values.iter().enumerate();
        return values.find_map(|(at, value)| {
            check(schema, &shape["items"], value, &format!("{place}[{at}]"))
        });
    }
    let members = value.as_object()?;
    for name in shape["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if !members.contains_key(name) {
            return Some(format!("{place}.{name} is missing"));
        }
    }
    members.iter().find_map(|(name, value)| {
        let place = format!("{place}.{name}");
        match (&shape["properties"][name], &shape["additionalProperties"]) {
            (Value::Null, Value::Bool(true)) => None,
            (Value::Null, inner @ Value::Object(_)) => check(schema, inner, value, &place),
            (Value::Null, _) => Some(format!("{place} should not be there")),
            (inner, _) => check(schema, inner, value, &place),
        }
    })
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn a_value_of_another_shape_is_found_out() {
    let schema = schema();
    let wrong = |value: Value| wrong(&schema, "Events", &value);
    let good = serde_json::json!({"events": [], "total": 0, "newest_event": 0, "more": false});
    assert_eq!(wrong(good.clone()), None);
    for (name, value) in [
        ("events", 1.into()),
        ("total", "0".into()),
        ("else", 1.into()),
        ("more", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(wrong(bad).is_some(), "{name}");
    }
    let mut short = good;
    short.as_object_mut().unwrap().remove("more");
    assert!(wrong(short).is_some());
}
