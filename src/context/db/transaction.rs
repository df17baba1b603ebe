//! Transactions that can't be forgotten. It knows nothing of jobs but that they may expire.

use super::Db;

impl Db {
    /// Runs `work` in a transaction that may write: all of it is committed, or nothing when `work`
    /// fails or panics or when the job was answered by its deadline meanwhile.
    ///
    /// It takes the write lock at once (BEGIN IMMEDIATE), waiting for it up to the busy timeout. A
    /// transaction that begins by reading and wants to write later may be told SQLITE_BUSY_SNAPSHOT
    /// instead, without any wait, as someone else wrote in between: hence this function.
    /// Inside another transaction it fails.
    pub fn write<T, E>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
    {
        self.transaction("BEGIN IMMEDIATE", work)
    }

    /// Runs `work` on one view of the database, however many queries it makes: what others commit
    /// meanwhile doesn't show. It waits for no writer and none waits for it. Inside another
    /// transaction it fails.
    pub fn read<T, E>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
    {
        self.transaction("BEGIN DEFERRED", work)
    }

    fn transaction<T, E>(
        &self,
        begin: &str,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
    {
        self.execute(begin, [])?;
        let _open = Open(self);
        let value = work(self)?;
        self.execute("COMMIT", [])?;
        Ok(value)
    }

    /// Rolls back a transaction, if there is one, whatever the job's deadline says. A failure is
    /// logged; that the transaction is still open shows to whoever looks.
    pub(super) fn roll_back(&self) {
        if self.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

/// An open transaction. Nothing is left to roll back when it was committed, or when SQLite rolled
/// it back by itself as it does after some errors.
struct Open<'db>(&'db Db);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.roll_back();
    }
}
