//! The program in a folder that takes the place of a machine, and a bash that runs commands from documents.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

/// A folder with the program in `opt/convi-integrations`, and a site beside it.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        // Only the first call installs a provider; that is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // On the program's disk, because the program is hard-linked into it.
        let place = Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        let site = place.path("opt/convi-integrations/site");
        for below in ["pkg", "storefront", "embed/v1"] {
            fs::create_dir_all(site.join(below)).unwrap();
        }
        let linked = ["app.css", "start.js", "page.js", "page.wasm", "de.json", "fr.json"];
        let manifest = linked.map(|file| format!("\"{file}\":\"pkg/{file}\"")).join(",");
        fs::write(site.join("manifest.json"), format!("{{{manifest}}}")).unwrap();
        let linked = linked.map(|file| format!("pkg/{file}"));
        for file in linked.iter().map(String::as_str).chain(["favicon.svg", "frame.html"]) {
            fs::write(site.join(file), "").unwrap();
        }
        fs::hard_link(env!("CARGO_BIN_EXE_convi-integrations"), place.program()).unwrap();
        place
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn program(&self) -> PathBuf {
        self.path("opt/convi-integrations/convi-integrations")
    }

    /// Runs commands in the folder, with the program on the path. Returns their output; all must succeed.
    pub fn runs(&self, commands: &str) -> String {
        let output = self.bash(commands);
        let said = both(&output);
        assert!(output.status.success(), "{commands}\n{}: {said}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs commands that may fail. Returns stdout and stderr.
    pub fn tries(&self, commands: &str) -> String {
        both(&self.bash(commands))
    }

    fn bash(&self, commands: &str) -> Output {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            [self.path("opt/convi-integrations")].into_iter().chain(std::env::split_paths(&path)),
        );
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", commands]).current_dir(self.0.path());
        bash.env("PATH", path.unwrap()).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        bash.output().unwrap()
    }

    /// Starts the server with these settings and its own port. Returns once it listens.
    pub fn serves(&self, settings: &[(&str, &str)]) -> Running {
        self.serves_with(&[], &[&[("CONVI_LISTEN", "127.0.0.1:0")], settings].concat())
    }

    /// Starts the server with arguments, and with no other settings.
    pub fn serves_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Running {
        let log = self.path("server.log");
        let mut command = Command::new(self.program());
        command.args(arguments).current_dir(self.0.path()).env_clear().envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = said.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let address = address.unwrap_or_else(|| panic!("{}", fs::read_to_string(&log).unwrap()));
        Running { child, address, log }
    }
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A running server.
pub struct Running {
    child: Child,
    pub address: String,
    pub log: PathBuf,
}

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
