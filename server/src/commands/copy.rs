//! `copy`: moves a server from SQLite to PostgreSQL.

use super::{
    CommandError,
    output::{self, counted},
};
use crate::{
    application,
    config::{Config, MasterKeysSetting},
    store::{
        DatabaseUrl,
        copy::{CopyError, Copying},
    },
};
use domain::clock::World;

/// Copies everything from an SQLite file to an empty PostgreSQL database, compares it row by row, and puts the file
/// aside. Stop the server first.
#[derive(Debug, clap::Args)]
pub struct CopyArguments {
    /// The file, as sqlite://PATH.
    #[arg(long, value_name = "URL")]
    from: String,
    /// The empty database, as postgres://…; default: CONVI_DATABASE_URL, which hides its password from the machine's other
    /// users.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Copy and compare, then undo it.
    #[arg(long)]
    dry_run: bool,
}

impl From<CopyError> for CommandError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Store(error) => error.into(),
            CopyError::Unsure(_) | CopyError::NotPutAside { .. } | CopyError::Differs(_) => {
                Self::Failed(error.into())
            }
            _ => Self::Settings(error.to_string()),
        }
    }
}

/// Copies, and prints what was copied.
pub async fn run(arguments: CopyArguments, config: &Config, world: &World) -> Result<(), CommandError> {
    let CopyArguments { from, to, dry_run } = arguments;
    // Parsed here, because clap repeats what it rejects, with the password.
    let parse = |option: &str, text: &str| {
        DatabaseUrl::parse(text).map_err(|error| CommandError::Settings(format!("{option} {error}")))
    };
    let DatabaseUrl::Sqlite(from) = parse("--from", &from)? else {
        return Err(CommandError::Settings("--from must be a file: sqlite://PATH".to_owned()));
    };
    let to = to.map_or_else(|| Ok(config.database.clone()), |to| parse("--to", &to))?;
    let DatabaseUrl::Postgres(to) = to else {
        let line = "--to must be a PostgreSQL database: postgres://USER:PASSWORD@HOST/DATABASE";
        return Err(CommandError::Settings(line.to_owned()));
    };
    if let MasterKeysSetting::Beside(_) = config.master_keys {
        let keys = DatabaseUrl::Sqlite(from).folder().join("master.key");
        return Err(CommandError::Settings(format!(
            "CONVI_MASTER_KEYS is required with PostgreSQL, and must open what the file holds; set it to the content of {}",
            keys.display()
        )));
    }
    let copying = Copying::open(&from, &to).await?;
    application::open_keys(config, copying.connections(), world).await?;
    let copied = copying.run(dry_run).await?;
    for (table, rows) in copied.iter().filter(|(_, rows)| *rows > 0) {
        output::line(format_args!("{table}: {}", counted(*rows, "row")))?;
    }
    let rows = counted(copied.iter().map(|(_, rows)| rows).sum(), "row");
    if dry_run {
        return output::line(format_args!("{rows} can be copied; nothing was changed"));
    }
    output::line(format_args!(
        "{rows} copied to {to} and compared; {0} is now {0}.copied and can be deleted",
        from.display()
    ))
}
