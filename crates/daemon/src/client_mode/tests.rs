use std::ffi::OsString;

use crate::command_line::{Invocation, Method, parse};

use super::*;

const PROGRAM: Program = Program {
    name: "grange-test",
    version: "1",
    about: "a daemon for tests",
    default_config: "/etc/config/grange-test",
    methods: &[Method {
        name: "status",
        about: "how it is",
        params: &[],
    }],
};

fn call(args: &[&str]) -> Call {
    match parse(&PROGRAM, args.iter().map(OsString::from)) {
        Ok(Invocation::Call(call)) => call,
        other => panic!("{other:?}"),
    }
}

fn render(method: &str, reply: &str) -> Option<String> {
    (method == "status").then(|| format!("it is {reply}\n"))
}

#[test]
fn a_reply_is_shown_as_text_as_it_is_or_as_json() {
    let plain = call(&["status"]);
    let json = call(&["status", "--json"]);
    let reply = || "{\"a\":1}".to_owned();
    assert_eq!(
        shown(&plain, "status", reply(), render),
        "it is {\"a\":1}\n"
    );
    assert_eq!(shown(&json, "status", reply(), render), "{\"a\":1}\n");
    assert_eq!(shown(&plain, "other", reply(), render), "{\"a\":1}\n");
    // Text, such as that of `metrics`, is shown as it is.
    let text = || "\"one\\ntwo\\n\"".to_owned();
    assert_eq!(shown(&plain, "metrics", text(), render), "one\ntwo\n");
    assert_eq!(
        shown(&json, "metrics", text(), render),
        "\"one\\ntwo\\n\"\n"
    );
}

#[test]
fn a_daemon_that_does_not_run_is_exit_code_2() {
    let call = call(&["--run-dir", "/nonexistent/grange", "status"]);
    let code = run(&PROGRAM, &call, render);
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(FAILED)));
}
