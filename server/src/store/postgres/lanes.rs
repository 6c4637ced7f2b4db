//! Ownership of accounts in PostgreSQL: one row per account, with a lease.

use super::{PostgresStore, sql::near_now};
use crate::store::{
    StoreError, Stored,
    lanes::{LaneStore, Owned, Owners, Paused},
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
        // Skips accounts that another process is taking at this moment. A row without an owner is only a pause.
        let sql = concat!(
            "WITH clock AS MATERIALIZED (
                 SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS time, ",
            near_now!("$4", "$5"),
            " AS is_right
             ), seen AS MATERIALIZED (
                 SELECT account, owner, until FROM lane
                 WHERE account = ANY($1) AND (owner = $2 OR until <= $4) AND (SELECT is_right FROM clock)
                 ORDER BY account FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE lane SET owner = $2, until = $3,
                     fence = CASE WHEN seen.owner = $2 THEN lane.fence ELSE lane.fence + 1 END
                 FROM seen WHERE lane.account = seen.account
                 RETURNING lane.account, CASE WHEN seen.owner NOT IN ($2, '') THEN seen.until END AS others_until
             ), new AS (
                 INSERT INTO lane (account, owner, until)
                 SELECT account, $2, $3 FROM unnest($1::text[]) AS wanted (account)
                 WHERE NOT EXISTS (SELECT 1 FROM lane WHERE lane.account = wanted.account)
                     AND (SELECT is_right FROM clock)
                 ORDER BY account
                 ON CONFLICT (account) DO NOTHING
                 RETURNING account
             )
             SELECT account, others_until, time, is_right
             FROM clock LEFT JOIN (
                 SELECT account, others_until FROM taken UNION ALL SELECT account, NULL FROM new) AS got ON true"
        );
        let names: Vec<_> = accounts.iter().map(ToString::to_string).collect();
        let rows = self.all(sql, &[&names, &self.process.id, &until, &now, &self.process.most_off()]).await?;
        if let Some(row) = rows.first()
            && !row.flag("is_right")?
        {
            self.process.correct_clock();
            let off = now.saturating_sub(row.number("time")?);
            return Err(StoreError::unavailable(format!(
                "this process's time differs from the database's by {off} ms, so it claims nothing"
            )));
        }
        let mut got = Vec::new();
        for row in &rows {
            if row.optional_text("account")?.is_some() {
                got.push(owned(row)?);
            }
        }
        Ok(got)
    }

    async fn disown(&self, accounts: &[Account], now: Millis) -> Stored<()> {
        // The row stays: the next owner must know until when the account was used.
        let sql = "UPDATE lane SET until = least(until, $3) WHERE account = ANY($1) AND owner = $2";
        let names: Vec<_> = accounts.iter().map(ToString::to_string).collect();
        self.run(sql, &[&names, &self.process.id, &now]).await?;
        Ok(())
    }

    async fn pause(&self, paused: &[Paused]) -> Stored<()> {
        let sql = "INSERT INTO lane (account, owner, until, paused_until)
             SELECT account, '', 0, paused_until
             FROM unnest($1::text[], $2::bigint[]) AS paused (account, paused_until) ORDER BY account
             ON CONFLICT (account) DO UPDATE SET paused_until = greatest(lane.paused_until, excluded.paused_until)";
        let names: Vec<_> = paused.iter().map(|it| it.account.to_string()).collect();
        let until: Vec<_> = paused.iter().map(|it| it.until).collect();
        self.run(sql, &[&names, &until]).await?;
        Ok(())
    }

    async fn paused(&self, now: Millis) -> Stored<Vec<Paused>> {
        let sql = "SELECT account, paused_until FROM lane WHERE paused_until > $1";
        let paused = |row: &Row| Ok(Paused { account: account(row)?, until: row.number("paused_until")? });
        self.all(sql, &[&now]).await?.iter().map(paused).collect()
    }

    async fn owners(&self, now: Millis) -> Stored<Owners> {
        let sql = "SELECT account, owner FROM lane WHERE until > $1 ORDER BY account";
        let rows = self.all(sql, &[&now]).await?;
        let accounts = rows.iter().map(|row| Ok((account(row)?, row.string("owner")?)));
        Ok(Owners { this: self.process.id.clone(), accounts: accounts.collect::<Stored<_>>()? })
    }
}

fn account(row: &Row) -> Stored<Account> {
    let lane = rows::lane(row)?;
    Cell("lane", "account", &lane).parsed(lane.account().cloned())
}

fn owned(row: &Row) -> Stored<Owned> {
    Ok(Owned { account: account(row)?, others_until: row.optional_number("others_until")? })
}
