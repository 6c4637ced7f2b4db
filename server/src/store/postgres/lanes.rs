//! Ownership of accounts in PostgreSQL: a row each, with a lease.

use super::PostgresStore;
use crate::store::{
    Stored,
    lanes::{LaneStore, Owned, Owners},
    rows::{self, Cell, Columns},
};
use domain::{account::Account, clock::Millis};
use std::time::Duration;
use tokio_postgres::Row;

#[async_trait::async_trait]
impl LaneStore for PostgresStore {
    fn look_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(250))
    }

    async fn own(&self, accounts: &[Account], now: Millis, until: Millis) -> Stored<Vec<Owned>> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        // Skips accounts that another process is taking at this moment.
        let sql = "WITH seen AS MATERIALIZED (
                 SELECT account, owner, until FROM lane
                 WHERE account = ANY($1) AND (owner = $2 OR until <= $4) ORDER BY account FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE lane SET owner = $2, until = $3,
                     fence = CASE WHEN seen.owner = $2 THEN lane.fence ELSE lane.fence + 1 END
                 FROM seen WHERE lane.account = seen.account
                 RETURNING lane.account, CASE WHEN seen.owner <> $2 THEN seen.until END AS others_until
             ), new AS (
                 INSERT INTO lane (account, owner, until)
                 SELECT account, $2, $3 FROM unnest($1::text[]) AS wanted (account)
                 WHERE NOT EXISTS (SELECT 1 FROM lane WHERE lane.account = wanted.account)
                 ORDER BY account
                 ON CONFLICT (account) DO NOTHING
                 RETURNING account
             )
             SELECT account, others_until FROM taken UNION ALL SELECT account, NULL FROM new";
        let names: Vec<_> = accounts.iter().map(ToString::to_string).collect();
        self.all(sql, &[&names, &self.process, &until, &now]).await?.iter().map(owned).collect()
    }

    async fn disown(&self, accounts: &[Account], now: Millis) -> Stored<()> {
        // Kept as a row: whoever owns it next must know until when it was used.
        let sql = "UPDATE lane SET until = least(until, $3) WHERE account = ANY($1) AND owner = $2";
        let names: Vec<_> = accounts.iter().map(ToString::to_string).collect();
        self.run(sql, &[&names, &self.process, &now]).await?;
        Ok(())
    }

    async fn owners(&self, now: Millis) -> Stored<Owners> {
        let sql = "SELECT account, owner FROM lane WHERE until > $1 ORDER BY account";
        let rows = self.all(sql, &[&now]).await?;
        let accounts = rows.iter().map(|row| Ok((account(row)?, row.string("owner")?)));
        Ok(Owners { this: self.process.clone(), accounts: accounts.collect::<Stored<_>>()? })
    }
}

fn owned(row: &Row) -> Stored<Owned> {
    Ok(Owned { account: account(row)?, others_until: row.optional_number("others_until")? })
}

fn account(row: &Row) -> Stored<Account> {
    let lane = rows::lane(row)?;
    Cell("lane", "account", &lane).parsed(lane.account().cloned())
}
