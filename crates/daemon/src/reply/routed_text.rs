//! grange-routed's replies as text for people.

/// The reply (JSON text) to a method of grange-routed as text; `None` if there is no text form for it.
pub fn render(method: &str, reply: &str) -> Option<String> {
    todo!()
}
