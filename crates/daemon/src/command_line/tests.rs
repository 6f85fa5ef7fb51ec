use std::os::unix::ffi::OsStringExt;

use super::*;

/// A value as this crate has it.
macro_rules! json {
    ($($text:tt)*) => { crate::json::Value::from(serde_json::json!($($text)*)) };
}

const FAMILY: Param = Param {
    name: "family",
    kind: ParamKind::Choice(&["ipv4", "ipv6"]),
    about: "the address family",
};
const PROGRAM: Program = Program {
    name: "grange-test",
    version: "1.2.3",
    about: "a daemon for tests",
    default_config: "/etc/config/grange-test",
    methods: &[
        Method {
            name: "status",
            about: "how it is",
            params: &[],
        },
        Method {
            name: "routes",
            about: "the routes",
            params: &[
                Param {
                    name: "prefix",
                    kind: ParamKind::Text,
                    about: "only to this prefix",
                },
                Param {
                    name: "limit",
                    kind: ParamKind::Number,
                    about: "at most so many",
                },
                Param {
                    name: "all",
                    kind: ParamKind::Flag,
                    about: "also the unfeasible",
                },
            ],
        },
        Method {
            name: "gateway set",
            about: "offer a gateway",
            params: &[
                FAMILY,
                Param {
                    name: "lease",
                    kind: ParamKind::Number,
                    about: "seconds",
                },
            ],
        },
        Method {
            name: "gateway show",
            about: "the gateways",
            params: &[],
        },
        Method {
            name: "subscribe",
            about: "watch events",
            params: &[Param {
                name: "kinds",
                kind: ParamKind::Choices(&["route", "neighbour"]),
                about: "only these",
            }],
        },
    ],
};

fn parsed(args: &[&str]) -> Result<Invocation, UsageError> {
    parse(&PROGRAM, args.iter().map(OsString::from))
}

fn call(args: &[&str]) -> (&'static str, Value) {
    match parsed(args).unwrap() {
        Invocation::Call(call) => (call.method, call.params),
        other => panic!("{other:?}"),
    }
}

fn error(args: &[&str]) -> String {
    parsed(args).unwrap_err().to_string()
}

#[test]
fn without_a_method_the_daemon_runs() {
    let Invocation::Run(options) = parsed(&[]).unwrap() else {
        panic!();
    };
    assert_eq!(options.config.to_str(), Some("/etc/config/grange-test"));
    assert_eq!(options.run_dir.to_str(), Some("/var/run/grange"));
    let socket = options.ubus_socket.to_str();
    assert_eq!(socket, Some("/var/run/ubus/ubus.sock"));
    assert_eq!(options.log_level, None);
    let args = [
        "--foreground",
        "--ubus-socket=/tmp/u",
        "--run-dir=/tmp/r",
        "--config",
        "c",
        "--log-level",
        "debug",
    ];
    let Invocation::Run(options) = parsed(&args).unwrap() else {
        panic!();
    };
    assert_eq!(options.config.to_str(), Some("c"));
    assert_eq!(options.run_dir.to_str(), Some("/tmp/r"));
    assert_eq!(options.ubus_socket.to_str(), Some("/tmp/u"));
    assert_eq!(options.log_level, Some(LevelFilter::Debug));
    assert!(matches!(
        parsed(&["--check-config"]),
        Ok(Invocation::CheckConfig(_))
    ));
}

#[test]
fn flags_stand_before_or_after_the_method() {
    for args in [
        ["--json", "routes", "--timeout=3"],
        ["routes", "--timeout=3", "--json"],
    ] {
        let Ok(Invocation::Call(call)) = parsed(&args) else {
            panic!();
        };
        assert!(call.json);
        assert_eq!(call.timeout, Duration::from_secs(3));
        assert_eq!((call.method, call.params), ("routes", json!({})));
    }
}

#[test]
fn parameters_are_pairs_words_or_json() {
    let set = json!({"family": "ipv4", "lease": 30});
    for args in [
        &["gateway", "set", "family=ipv4", "lease=30"][..],
        &["gateway", "set", "ipv4", "30"],
        &["gateway", "set", "lease=30", "ipv4"],
        &["gateway", "set", "{\"family\":\"ipv4\",\"lease\":30}"],
        &["gateway set", "ipv4", "lease=30"],
    ] {
        assert_eq!(call(args), ("gateway set", set.clone()), "{args:?}");
    }
    assert_eq!(
        call(&["routes", "10.0.0.0/8", "all=yes"]).1,
        json!({"prefix": "10.0.0.0/8", "all": true})
    );
    let both = json!({"kinds": ["route", "neighbour"]});
    assert_eq!(call(&["subscribe", "route", "neighbour"]).1, both);
    assert_eq!(call(&["subscribe", "kinds=route,neighbour"]).1, both);
    assert_eq!(call(&["subscribe"]).1, json!({}));
}

#[test]
fn a_mistake_is_answered_with_what_to_do_instead() {
    for (args, said) in [
        (
            &["rotues"][..],
            "there is no method 'rotues', did you mean 'routes'?",
        ),
        (
            &["gateway", "sett"],
            "'gateway' wants one more word: gateway set, gateway show",
        ),
        (
            &["gatewy", "set"],
            "there is no method 'gatewy', did you mean 'gateway set'?",
        ),
        (
            &["frobnicate"],
            "there is no method 'frobnicate', only status, routes, gateway set, gateway show, subscribe",
        ),
        (
            &["--jsno", "routes"],
            "there is no flag --jsno, did you mean --json?",
        ),
        (&["--frob"], "there is no flag --frob"),
        (&["-x"], "there is no flag -x"),
        (
            &["--json"],
            "--json goes with a method, such as grange-test routes prefix=TEXT limit=30 all=yes",
        ),
        (
            &["--check-config", "routes"],
            "--check-config takes no method",
        ),
        (
            &["status", "limit=3"],
            "'status' takes no parameter, not 'limit'",
        ),
        (
            &["routes", "limt=3"],
            "'routes' has no parameter 'limt', did you mean 'limit'?",
        ),
        (
            &["routes", "zzz=3"],
            "'routes' has no parameter 'zzz', only prefix, limit, all",
        ),
        (
            &["routes", "limit=+3"],
            "'routes' wants a whole number for 'limit', not '+3'",
        ),
        (
            &["routes", "all=maybe"],
            "'routes' wants yes or no for 'all', not 'maybe'",
        ),
        (
            &["gateway", "set", "ipv5"],
            "'gateway set' wants one of ipv4, ipv6 for 'family', not 'ipv5': did you mean 'ipv4'?",
        ),
        (
            &["gateway", "set", "ipv4", "family=ipv6"],
            "the parameter 'family' is given twice",
        ),
        (
            &["status", "now"],
            "'status' does not know what to do with 'now'",
        ),
        (
            &["routes", "{\"limit\":"],
            "the parameters are not JSON: the text ends too early at octet 9",
        ),
        (
            &["routes", "{}", "limit=1"],
            "a JSON object must be the only parameter, in quotes",
        ),
        (
            &["routes", "{\"limti\":1}"],
            "'routes' has no parameter 'limti', did you mean 'limit'?",
        ),
        (
            &["--log-level", "loud"],
            "--log-level wants one of error, warn, info, debug, trace, not 'loud'",
        ),
        (
            &["--timeout", "0", "status"],
            "--timeout wants whole seconds, 1 or more, not '0'",
        ),
        (
            &["sta\x1btus"],
            "there is no method 'sta\\u{1b}tus', did you mean 'status'?",
        ),
    ] {
        assert_eq!(error(args), said, "{args:?}");
    }
    assert!(error(&["--config"]).contains("--config"));
}

#[test]
fn bytes_that_are_no_text_are_refused_and_allowed_in_paths() {
    let bytes = || OsString::from_vec(b"/tmp/\xff".to_vec());
    let refused = parse(&PROGRAM, [bytes()]).unwrap_err();
    assert!(refused.to_string().ends_with("is not UTF-8"));
    let Ok(Invocation::Run(options)) = parse(&PROGRAM, ["--config".into(), bytes()]) else {
        panic!();
    };
    assert_eq!(options.config.into_os_string(), bytes());
}

#[test]
fn the_help_names_every_flag_and_method() {
    for flag in ["--help", "-h"] {
        assert_eq!(parsed(&[flag]), Ok(Invocation::Print(help(&PROGRAM))));
    }
    for flag in ["--version", "-V"] {
        assert_eq!(
            parsed(&[flag]),
            Ok(Invocation::Print("grange-test 1.2.3\n".to_owned()))
        );
    }
    assert_eq!(
        help(&PROGRAM),
        "\
grange-test 1.2.3: a daemon for tests

Usage:
  grange-test [FLAGS]                        run the daemon
  grange-test [FLAGS] METHOD [PARAMETERS]    ask the running daemon

Flags:
  --config FILE        the configuration (default /etc/config/grange-test)
  --run-dir DIR        where lock, control socket and state are (default /var/run/grange)
  --ubus-socket FILE   where ubusd listens, if there is one (default /var/run/ubus/ubus.sock)
  --check-config       say what is wrong with the configuration and end
  --foreground         stay in the foreground and log to stderr, as it always does
  --log-level LEVEL    error, warn, info or debug (debug: development builds only)
  --json               print a reply as JSON
  --timeout SECONDS    how long to wait for a reply (default 10)
  --version            print the version
  --help               print this text

Methods:
  status               how it is
  routes               the routes
                         prefix=TEXT: only to this prefix
                         limit=NUMBER: at most so many
                         all=yes|no: also the unfeasible
  gateway set          offer a gateway
                         family=ipv4|ipv6: the address family
                         lease=NUMBER: seconds
  gateway show         the gateways
  subscribe            watch events
                         kinds=route,neighbour: only these

Parameters are written NAME=VALUE, or all as one JSON object:
  grange-test routes prefix=TEXT limit=30 all=yes

Exit codes: 0 done; 1 wrong configuration, or refused by the daemon;
2 wrong usage, daemon not running, or an error of the system.
"
    );
}
