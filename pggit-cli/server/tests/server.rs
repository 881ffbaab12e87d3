//! Starts real servers and looks at what they leave behind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pggit_server::{Binaries, DevServer, PrivateServer};

const TRUSTED: u32 = 0;
const ASKED_FOR_SCRAM: u32 = 10;

fn binaries() -> Binaries {
    Binaries::find_or_fetch(None, &mut |_| {}).expect("PostgreSQL can be had")
}

/// Says hello as a client does, and gives the server's answer: how it wants to be convinced.
fn authentication(port: u16) -> u32 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    let parameters = b"user\0postgres\0\0";
    let mut hello = (8 + u32::try_from(parameters.len()).expect("short")).to_be_bytes().to_vec();
    hello.extend(196_608_u32.to_be_bytes());
    hello.extend(parameters);
    stream.write_all(&hello).expect("the server reads");
    let mut answer = [0u8; 9];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(answer[0], b'R', "an authentication request");
    u32::from_be_bytes(answer[5..9].try_into().expect("four bytes"))
}

fn port_of(url: &str) -> u16 {
    url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).and_then(|p| p.parse().ok()).expect("a URL with a port")
}

fn scratch(name: &str) -> PathBuf {
    let base = pggit_server::server_directory(std::env::temp_dir()).expect("a directory");
    base.join(format!("pggit-test-{name}-{}", std::process::id()))
}

/// Waits until something holds, for things that happen in another process.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not happen within 20 seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_temporary_server_answers_and_leaves_nothing() {
    let server = PrivateServer::start(&binaries(), &[("fsync", "off"), ("log_line_prefix", "it's %m ")]).expect("the server starts");
    let port = server.port();
    assert_eq!(authentication(port), TRUSTED);
    assert_eq!(port_of(&server.url("postgres")), port);
    let directory = directory_of(std::process::id(), port).expect("it has a directory");
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
    assert!(!directory.exists(), "{} is still there", directory.display());
}

/// The directory of a process's temporary server.
fn directory_of(process: u32, port: u16) -> Option<PathBuf> {
    let base = pggit_server::server_directory(std::env::temp_dir()).expect("a directory");
    let mut entries = std::fs::read_dir(base).expect("it can be read").flatten().map(|entry| entry.path());
    entries.find(|path| {
        let ours = path.to_string_lossy().contains(&format!("-{process}-"));
        let pid_file = std::fs::read_to_string(path.join("data/postmaster.pid")).unwrap_or_default();
        ours && pid_file.lines().nth(3) == Some(port.to_string().as_str())
    })
}

#[test]
fn a_broken_setting_is_reported_in_the_servers_own_words() {
    let error = PrivateServer::start(&binaries(), &[("no_such_setting", "1")]).expect_err("there is no such setting");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[test]
fn a_server_ends_with_the_process_that_is_killed() {
    if std::env::var_os("PGGIT_HOLD_A_SERVER").is_some() {
        hold_a_server();
    }
    let name = "a_server_ends_with_the_process_that_is_killed";
    let mut child = Command::new(std::env::current_exe().expect("our own path"))
        .args(["--exact", name, "--nocapture"])
        .env("PGGIT_HOLD_A_SERVER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let line = output.lines().map_while(Result::ok).find(|l| l.contains("holding ")).expect("it says which port it has");
    let port = line.rsplit(' ').next().and_then(|p| p.parse().ok()).expect("a port");
    assert_eq!(authentication(port), TRUSTED);
    let directory = directory_of(child.id(), port).expect("it has a directory");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    eventually("the end of the server", || TcpStream::connect(("127.0.0.1", port)).is_err());
    eventually("the end of its directory", || !directory.exists());
}

#[expect(clippy::print_stdout, reason = "the process that waits for it reads the port here")]
fn hold_a_server() -> ! {
    let server = PrivateServer::start(&binaries(), &[("fsync", "off")]).expect("the server starts");
    println!("\nholding {}", server.port());
    std::thread::sleep(Duration::from_secs(60));
    std::process::exit(1)
}

#[test]
fn a_lasting_server_is_started_found_stopped_and_deleted() {
    let directory = scratch("lasting");
    let server = DevServer::at(directory.clone(), None).with_settings(&[("max_prepared_transactions", "3")]);
    assert_eq!(server.running().expect("it can be asked"), None);
    assert!(!server.stop().expect("it can be asked"), "there is nothing to stop");

    let url = server.start(&mut |_| {}).expect("it starts");
    assert_eq!(authentication(port_of(&url)), ASKED_FOR_SCRAM);
    assert_private(&directory.join("password"));
    let found = DevServer::at(directory.clone(), None);
    assert_eq!(found.running().expect("it can be asked"), Some(url.clone()));
    assert_eq!(found.start(&mut |line| panic!("it is there already: {line}")).expect("it is found"), url);

    assert!(found.stop().expect("it stops"));
    assert_eq!(found.running().expect("it can be asked"), None);
    assert_eq!(found.start(&mut |line| panic!("the data are there: {line}")).expect("it starts again"), url, "the URL stays good");

    found.reset().expect("it can be deleted");
    assert!(TcpStream::connect(("127.0.0.1", port_of(&url))).is_err(), "it still listens");
    assert!(!directory.exists());
    found.reset().expect("a second time there is nothing to do");
}

#[test]
fn what_a_lost_server_left_is_not_taken_for_a_running_one() {
    let directory = scratch("lost");
    let server = DevServer::at(directory.clone(), None);
    server.start(&mut |_| {}).expect("it starts");
    let pid_file = directory.join("data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).expect("a running server has it");
    server.stop().expect("it stops");
    // The number of a process that is no server.
    let rest = text.split_once('\n').expect("lines").1;
    std::fs::write(&pid_file, format!("{}\n{rest}", i32::MAX)).expect("a file");
    assert_eq!(server.running().expect("it can be asked"), None);
    server.start(&mut |_| {}).expect("it starts in spite of it");
    server.reset().expect("it can be deleted");
}

fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} can be read by others", path.display());
}
