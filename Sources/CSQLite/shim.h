#ifndef MCPTAPE_CSQLITE_SHIM_H
#define MCPTAPE_CSQLITE_SHIM_H

#include <sqlite3.h>

/// `sqlite3_db_config` takes variable arguments, which Swift cannot pass.
///
/// Without this the last connection to close checkpoints the log outside the store's own lock.
static inline int csqlite_keep_log_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

#endif
