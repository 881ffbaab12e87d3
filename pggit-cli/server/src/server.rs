//! A server in a temporary directory, for as long as it is wanted.

use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::account::{Account, server_directory};
use crate::binaries::Binaries;
use crate::error::Error;
use crate::guard::Guard;

/// A running PostgreSQL server on the loopback interface. Dropping it stops it and deletes its data; so does the end of the process,
/// whatever ends it.
#[derive(Debug)]
pub struct PrivateServer {
    directory: PathBuf,
    version: u32,
    port: u16,
    guard: Option<Guard>,
}

/// Runs one of PostgreSQL's programs and gives what it printed.
///
/// # Errors
/// [`Error::Program`] with its output when it fails.
pub fn run_tool(command: &mut Command) -> Result<String, Error> {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| Error::Program { program: program.clone(), output: e.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Error::Program { program, output: text.trim().to_owned() })
}

/// A port that is free now: the preferred one if it is.
pub(crate) fn free_port(preferred: Option<u16>) -> Result<u16, Error> {
    let listener = preferred.and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = listener.map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok).map_err(Error::io("127.0.0.1"))?;
    Ok(listener.local_addr().map_err(Error::io("127.0.0.1"))?.port())
}

/// Creates a cluster of databases.
pub(crate) fn initdb(binaries: &Binaries, account: Account, data: &Path, extra: &[&str]) -> Result<(), Error> {
    let mut command = Command::new(binaries.program("initdb"));
    command.args(["--no-sync", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"]).arg(data).args(extra).current_dir("/");
    account.apply(&mut command);
    run_tool(&mut command).map(|_| ())
}

/// Starts the server of a cluster and waits until it answers.
pub(crate) fn start(binaries: &Binaries, account: Account, directory: &Path, port: u16, settings: &[(&str, &str)]) -> Result<(), Error> {
    let mut options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
    for (name, value) in settings {
        // pg_ctl hands the options to a shell.
        options.push_str(&format!(" -c {name}='{}'", value.replace('\'', r"'\''")));
    }
    let log = directory.join("server.log");
    let mut command = Command::new(binaries.program("pg_ctl"));
    command.arg("-D").arg(directory.join("data")).arg("-l").arg(&log).args(["-w", "-t", "60", "-o", &options, "start"]).current_dir("/");
    // The server inherits what it is given: a pipe would never see its end.
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    account.apply(&mut command);
    let status = command.status().map_err(|e| Error::Program { program: "pg_ctl".into(), output: e.to_string() })?;
    if status.success() {
        return Ok(());
    }
    let output = std::fs::read_to_string(&log).unwrap_or_else(|e| format!("{}: {e}", log.display()));
    Err(Error::Program { program: "postgres".into(), output: output.trim().to_owned() })
}

/// Stops the server of a cluster.
pub(crate) fn stop(binaries: &Binaries, account: Account, data: &Path, mode: &str) -> Result<(), Error> {
    let mut command = Command::new(binaries.program("pg_ctl"));
    command.arg("-D").arg(data).args(["-w", "-m", mode, "stop"]).current_dir("/");
    account.apply(&mut command);
    run_tool(&mut command).map(|_| ())
}

impl PrivateServer {
    /// Starts a server with the given settings, as `("fsync", "off")`.
    ///
    /// It trusts whoever can connect from this machine: it is for data that nobody would steal.
    ///
    /// # Errors
    /// When a directory cannot be made, or PostgreSQL's programs fail, with what they printed.
    pub fn start(binaries: &Binaries, settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::start_in(binaries, &server_directory(std::env::temp_dir())?, settings)
    }

    /// Starts a server whose data are below a directory, as on a disk that is made for a test.
    ///
    /// # Errors
    /// As [`PrivateServer::start`].
    pub fn start_in(binaries: &Binaries, base: &Path, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let account = Account::for_server()?;
        let server = Self::prepare(binaries, account, base)?;
        initdb(binaries, account, &server.directory.join("data"), &["-A", "trust"])?;
        start(binaries, account, &server.directory, server.port, settings)?;
        Ok(server)
    }

    /// Starts a hot standby of this server, which is stopped for a moment while its data are copied, and goes on without the settings
    /// that it was started with.
    ///
    /// # Errors
    /// When the copy fails or a server does not come up.
    pub fn standby(&self, binaries: &Binaries) -> Result<Self, Error> {
        let account = Account::for_server()?;
        let copy = Self::prepare(binaries, account, &server_directory(std::env::temp_dir())?)?;
        stop(binaries, account, &self.directory.join("data"), "fast")?;
        run_tool(Command::new("cp").arg("-a").arg(self.directory.join("data")).arg(copy.directory.join("data")))?;
        let signal = copy.directory.join("data/standby.signal");
        std::fs::write(&signal, "").map_err(Error::io(&signal))?;
        account.give(&signal)?;
        self.restart(binaries)?;
        let primary = format!("host=127.0.0.1 port={} user=postgres", self.port);
        start(binaries, account, &copy.directory, copy.port, &[("primary_conninfo", &primary)])?;
        Ok(copy)
    }

    /// A directory, a port and a guard for a server that is not there yet.
    fn prepare(binaries: &Binaries, account: Account, base: &Path) -> Result<Self, Error> {
        let directory = temporary_directory(base, binaries.version)?;
        account.give(&directory)?;
        let guard = Guard::watch(binaries, account, &directory)?;
        Ok(Self { directory, version: binaries.version, port: free_port(None)?, guard: Some(guard) })
    }

    /// The URL of a database on the server, as its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Kills the server and its sessions with SIGKILL, as the end of memory or of power would. [`PrivateServer::restart`] recovers it.
    ///
    /// # Errors
    /// When the server is not running, or `kill` is not there.
    pub fn kill(&self) -> Result<(), Error> {
        let file = self.directory.join("data/postmaster.pid");
        let text = std::fs::read_to_string(&file).map_err(Error::io(&file))?;
        let postmaster = text.lines().next().unwrap_or_default().to_owned();
        let sessions = children(&postmaster);
        run_tool(Command::new("kill").arg("-KILL").arg(&postmaster))?;
        // A session may have ended by itself meanwhile, or because its postmaster is gone.
        let _ = run_tool(Command::new("kill").arg("-KILL").args(&sessions));
        // Where nobody buries the dead, a killed server looks alive to the next one, which goes by this file.
        std::fs::remove_file(&file).map_err(Error::io(&file))
    }

    /// Starts the server again after [`PrivateServer::kill`]; it recovers from its write-ahead log.
    ///
    /// # Errors
    /// When it does not come up, with its log.
    pub fn restart(&self, binaries: &Binaries) -> Result<(), Error> {
        start(binaries, Account::for_server()?, &self.directory, self.port, &[])
    }

    /// The port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The major version of the server.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        drop(self.guard.take());
        // The guard deletes it where it may; nobody is left to tell when we may not either.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The processes that a process has started, where the system tells.
fn children(parent: &str) -> Vec<String> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let names = processes.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    names
        .filter(|pid| {
            // "pid (name) state parent ...", and the name may hold anything
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.split_whitespace().nth(1) == Some(parent))
        })
        .collect()
}

/// A new directory that is only ours: a name that somebody else took beforehand is not used.
fn temporary_directory(base: &Path, version: u32) -> Result<PathBuf, Error> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = base.join(format!("pggit-{version}-{}-{count}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => return Ok(directory),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io(&directory)(e)),
        }
    }
}
