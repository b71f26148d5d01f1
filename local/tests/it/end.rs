//! However it ends, nothing is left.

use std::net::TcpStream;

use rustix::process::{Pid, Signal};

use crate::scratch::{Local, ONE, Scratch, assert_gone, get, until};

#[test]
fn signals_end_the_functions_free_the_port_and_count_as_success() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let scratch = Scratch::new(ONE);
        let local = scratch.start(&["--ephemeral"]);
        let base_url = local.ready();
        assert_eq!(get(&base_url, "/users"), (200, "one".to_owned()));
        let children = local.children();
        // On a busy machine a second one may have been started to help.
        assert!(!children.is_empty(), "a function runs");
        local.signal(signal);
        assert_eq!(local.end(), Some(0));
        assert_gone(&children);
        let address = base_url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        assert!(TcpStream::connect(address).is_err(), "{address} is still served");
    }
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_requests() {
    let slow = ONE.replace(
        "let answer",
        "println!(\"called\"); std::thread::sleep(std::time::Duration::from_secs(60)); let answer",
    );
    let scratch = Scratch::new(&slow);
    let local = scratch.start(&["--ephemeral"]);
    let base_url = local.ready();
    let request = std::thread::spawn(move || {
        // The answer is cut off; what counts is that it was asked for.
        let _ = std::panic::catch_unwind(|| get(&base_url, "/users"));
    });
    local.until("called");
    let children = local.children();
    local.signal(Signal::INT);
    local.until("once more to force");
    local.signal(Signal::INT);
    assert_eq!(local.end(), Some(130));
    assert_gone(&children);
    request.join().unwrap();
}

#[test]
fn a_signal_during_the_build_ends_the_compilers() {
    let scratch = Scratch::new(ONE);
    scratch.write(
        "build.rs",
        r#"fn main() {
            std::fs::write("builder.tmp", std::process::id().to_string()).unwrap();
            std::fs::rename("builder.tmp", "builder").unwrap();
            std::thread::sleep(std::time::Duration::from_secs(60));
        }"#,
    );
    let local = scratch.start(&["--ephemeral"]);
    until("the build runs", || scratch.path("builder").exists());
    let builder = std::fs::read_to_string(scratch.path("builder")).unwrap();
    local.signal(Signal::TERM);
    assert_eq!(local.end(), Some(0));
    assert_gone(&[Pid::from_raw(builder.parse().unwrap()).unwrap()]);
}

#[test]
fn what_a_killed_run_left_among_the_temporary_files_goes_with_the_next() {
    let scratch = Scratch::new(ONE);
    let temporary = tempfile::tempdir().unwrap();
    let start = || {
        let mut command = scratch.command(&["--listen", "127.0.0.1:0", "--ephemeral"]);
        command.env("TMPDIR", temporary.path());
        let local = Local::start(command);
        local.ready();
        local
    };
    let folders = || {
        let entries = std::fs::read_dir(temporary.path()).unwrap().map(Result::unwrap);
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("lychgate-")).collect::<Vec<_>>()
    };
    let killed = start();
    let left = folders();
    assert!(!left.is_empty(), "there are some");
    killed.signal(Signal::KILL);
    killed.end();
    let next = start();
    let present = folders();
    assert!(!left.iter().any(|folder| present.contains(folder)), "{left:?} {present:?}");
    next.signal(Signal::INT);
    assert_eq!(next.end(), Some(0));
    assert_eq!(folders(), Vec::<String>::new());
}
