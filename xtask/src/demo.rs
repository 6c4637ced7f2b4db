//! `cargo xtask demo`: takes a clean machine from a clone to a ticket in a helpdesk.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{ArgMatches, FromArgMatches};
use domain::{Helpdesk, helpdesk::Takes};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::build::{self, SERVER};
use crate::child::Running;
use crate::database::Database;
use crate::duration::seconds;
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::replicas::Replicas;
use crate::{site, tools};

/// The labels of all steps of a start, in order.
const STEPS: [&str; 6] = {
    let [compile, page, panel, lay_out] = build::STEPS;
    [compile, page, panel, lay_out, START_EMULATOR, START_SERVER]
};
/// The same on PostgreSQL.
const STEPS_ON_POSTGRES: [&str; 7] = {
    let [compile, page, panel, lay_out] = build::STEPS;
    [compile, page, panel, lay_out, START_DATABASE, START_EMULATOR, START_SERVER]
};
const START_DATABASE: &str = "start PostgreSQL";
const START_EMULATOR: &str = "start the emulator";
const START_SERVER: &str = "start the server";
/// Timeout of one health check; failed checks are repeated.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
pub struct Args {
    /// Address that Convi listens on
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    #[command(flatten)]
    emulators: Emulators,
    /// Folder for the data of all programs [default: data/demo, or data/demo-postgres]; use it together with other
    /// addresses to run a second demo
    #[arg(long)]
    data: Option<PathBuf>,
    /// The database; PostgreSQL is private to the demo, and empty at each start
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// How many servers run on PostgreSQL, behind a proxy
    #[arg(long, default_value_t = 3)]
    replicas: usize,
}

/// The addresses that the helpdesk emulators listen on, with one option per helpdesk.
struct Emulators(Vec<(Helpdesk, SocketAddr)>);

/// Default port of the first emulator; the others use the following ports.
const FIRST_PORT: u16 = 4010;

impl clap::Args for Emulators {
    fn augment_args(command: clap::Command) -> clap::Command {
        Helpdesk::all().zip(FIRST_PORT..).fold(command, |command, (helpdesk, port)| {
            let help = format!("Address that the {helpdesk} emulator listens on [default: 127.0.0.1:{port}]");
            let option = clap::Arg::new(helpdesk.slug()).long(helpdesk.slug());
            command.arg(option.value_parser(clap::value_parser!(SocketAddr)).help(help))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Emulators {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let address = |(helpdesk, port): (Helpdesk, u16)| {
            let given = matches.get_one(helpdesk.slug()).copied();
            (helpdesk, given.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port))))
        };
        Ok(Self(Helpdesk::all().zip(FIRST_PORT..).map(address).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Builds what changed, starts the programs and watches them until Ctrl-C.
pub fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    // Check before the build: nobody wants to wait minutes to learn that a port is taken.
    ensure_free(args.listen, "--listen")?;
    for (helpdesk, address) in &args.emulators.0 {
        ensure_free(*address, &format!("--{}", helpdesk.slug()))?;
    }
    let paths = Paths::find()?;
    let data = match &args.data {
        Some(folder) => std::path::absolute(folder)?,
        None => paths.root.join(match args.database {
            Database::Sqlite => "data/demo",
            Database::Postgres => "data/demo-postgres",
        }),
    };
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;

    tools::ensure_site(&paths)?;
    let on_postgres = args.database == Database::Postgres;
    if on_postgres {
        tools::ensure_postgres()?;
    }
    progress::plan(if on_postgres { &STEPS_ON_POSTGRES } else { &STEPS });
    let site = build::site_folder(&paths, Kind::Dev);
    if !paths.debug().join(SERVER).exists() || !site.exists() {
        eprintln!("{} Later starts take seconds.", build::first("start"));
    }
    build::programs(&paths, Kind::Dev, Show::Summary)?;
    site::build(&paths, Kind::Dev, Show::Summary, site)?;

    // From here on we handle Ctrl-C: the first stops everything in order, the second exits immediately.
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, stop.clone())?;
        flag::register(signal, stop.clone())?;
    }
    // Declared first, so that the database is stopped after the programs.
    let replicas = match args.database {
        Database::Sqlite => None,
        Database::Postgres => Some(progress::work_saying(START_DATABASE, String::new, || {
            Replicas::prepare(&paths, args.listen, args.replicas, &data)
        })?),
    };
    let mut programs = Vec::new();
    for &(helpdesk, address) in &args.emulators.0 {
        programs.push(emulator(&paths, helpdesk, address, &data)?);
    }
    let emulators = args.emulators.0.len();
    match &replicas {
        None => programs.push(server(&paths, args, &data, None)?),
        Some(replicas) => {
            for n in 1..=args.replicas {
                programs.push(server(&paths, args, &data, Some((replicas, n)))?);
            }
        }
    }
    let (emulating, serving) = programs.split_at_mut(emulators);
    for (program, address) in emulating.iter_mut().zip(args.emulators.0.iter().map(|(_, address)| *address)) {
        if !wait_until_ready(START_EMULATOR, program, |_| Some(address), "/_control", &stop)? {
            return Ok(());
        }
    }
    for (place, program) in serving.iter_mut().enumerate() {
        let listens = |program: &Running| match &replicas {
            None => Some(args.listen),
            Some(replicas) => replicas.forward_to(place, program),
        };
        if !wait_until_ready(START_SERVER, program, listens, "/health/ready", &stop)? {
            return Ok(());
        }
    }
    let said: Vec<_> = programs.iter().take(emulators).map(Running::said).collect();
    say_where_to_click(&paths, args, &data, &said.join("\n"), start.elapsed());
    watch(&mut programs, &stop)
}

fn ensure_free(address: SocketAddr, option: &str) -> Result<()> {
    // Bind and release at once; the program itself binds the port later.
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "{address} is in use by another program (perhaps another demo); stop it, or choose a different address with {option}"
        ),
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

fn emulator(paths: &Paths, helpdesk: Helpdesk, address: SocketAddr, data: &Path) -> Result<Running> {
    let mut command = Command::new(paths.debug().join(build::emulator(helpdesk)));
    let file = |extension: &str| data.join(format!("{}.{extension}", helpdesk.slug()));
    command.args(["--listen", &address.to_string(), "--data"]).arg(file("json"));
    Running::start(&format!("the {helpdesk} emulator"), &command, file("log"))
}

/// Starts a server: the only one, or the one with this number.
fn server(paths: &Paths, args: &Args, data: &Path, replica: Option<(&Replicas, usize)>) -> Result<Running> {
    let mut command = Command::new(paths.debug().join(SERVER));
    // The developer's own settings must not affect the demo.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CONVI_")) {
        command.env_remove(name);
    }
    let (name, settings) = match replica {
        None => {
            let database = format!("sqlite://{}", data.join("convi.db").display());
            let own = [("CONVI_LISTEN", args.listen.to_string()), ("CONVI_DATABASE_URL", database)];
            ("server".to_owned(), own.to_vec())
        }
        Some((replicas, number)) => (format!("server-{number}"), replicas.settings()),
    };
    // Each server writes its emails to a folder of its own.
    let outbox = if replica.is_none() { data.join("outbox") } else { data.join(format!("outbox-of-{name}")) };
    command
        .current_dir(&paths.root)
        .env("CONVI_DEMO", "1")
        .env("CONVI_SMTP_URL", format!("file://{}", outbox.display()))
        .envs(settings);
    for (helpdesk, address) in &args.emulators.0 {
        match helpdesk.takes() {
            Takes::Tickets => {
                let setting = format!("CONVI_{}_URL", helpdesk.slug().to_ascii_uppercase());
                command.env(setting, format!("http://{address}/{{subdomain}}"));
            }
            // Only the demo allows events to this machine, and only to the receiver's port and 443.
            Takes::Events => {
                command.env("CONVI_WEBHOOK_ALLOW", address.ip().to_string());
                command.env("CONVI_WEBHOOK_PORTS", format!("443,{}", address.port()));
            }
        }
    }
    Running::start(&format!("the {name}"), &command, data.join(format!("{name}.log")))
}

/// Waits for a 200 where the program listens, without a time limit, since a migration can be slow on a slow disk. Shows
/// the program's output meanwhile. Returns false if the user stopped it.
fn wait_until_ready(
    label: &str,
    program: &mut Running,
    listens: impl Fn(&Running) -> Option<SocketAddr>,
    path: &str,
    stop: &AtomicBool,
) -> Result<bool> {
    let log = program.log();
    let last_line =
        move || fs::read_to_string(&log).unwrap_or_default().lines().last().unwrap_or_default().to_owned();
    progress::work_saying(label, last_line, || {
        loop {
            if stop.load(Ordering::Acquire) {
                return Ok(false);
            }
            ensure_alive(program)?;
            if listens(program).is_some_and(|it| status(it, path).is_ok_and(|status| status == 200)) {
                return Ok(true);
            }
            thread::sleep(LOOK_EVERY);
        }
    })
}

fn ensure_alive(program: &mut Running) -> Result<()> {
    if let Some(status) = program.ended()? {
        bail!("{} exited ({status}). Its last output:\n{}", program.name, program.last_words());
    }
    Ok(())
}

/// Runs until Ctrl-C or until a program exits; `Drop` then stops the others.
fn watch(programs: &mut [Running], stop: &AtomicBool) -> Result<()> {
    while !stop.load(Ordering::Acquire) {
        for program in programs.iter_mut() {
            if let Err(ended) = ensure_alive(program) {
                // Ctrl-C reaches the programs as well, and they may exit first.
                return if stop.load(Ordering::Acquire) { Ok(()) } else { Err(ended) };
            }
        }
        thread::sleep(LOOK_EVERY);
    }
    eprintln!("\nStopping.");
    Ok(())
}

/// Sends a GET and returns its status, without pulling in an HTTP client.
fn status(address: SocketAddr, path: &str) -> Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWERS_WITHIN)?;
    stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(std::str::from_utf8(&head[9..])?.parse()?)
}

/// Prints the URLs to open. The emulators print which accounts to connect, because they created them.
fn say_where_to_click(paths: &Paths, args: &Args, data: &Path, emulator_says: &str, took: Duration) {
    let Args { listen, .. } = args;
    println!("\nConvi is up ({}).\n", seconds(took));
    println!("  Settings: http://{listen}/settings/integrations");
    println!("  The shop: http://{listen}/demo/store");
    if args.database == Database::Postgres {
        println!(
            "  Which of the {} servers answers and delivers: http://{listen}/demo/processes",
            args.replicas
        );
    }
    println!();
    for line in emulator_says.lines() {
        println!("  {line}");
    }
    println!("\n  Data, emails to the team, and logs: {}", paths.short(data));
    match args.database {
        Database::Sqlite => println!("  Ctrl-C stops everything; your data is kept for the next start."),
        Database::Postgres => println!("  Ctrl-C stops everything, and removes the database."),
    }
}
