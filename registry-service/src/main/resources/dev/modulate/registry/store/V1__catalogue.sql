-- One row: the revision of the last change.
CREATE TABLE catalogue (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;

-- A deleted function keeps its row, so that version numbers are never used twice.
CREATE TABLE function (
    tenant             TEXT    NOT NULL,
    id                 TEXT    NOT NULL,
    version            INTEGER NOT NULL,
    create_time_millis INTEGER NOT NULL,
    revision           INTEGER NOT NULL,
    deleted            INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- spec: modulate.registry.v1.FunctionSpec.
CREATE TABLE version (
    tenant             TEXT    NOT NULL,
    id                 TEXT    NOT NULL,
    number             INTEGER NOT NULL,
    spec               BLOB    NOT NULL,
    create_time_millis INTEGER NOT NULL,
    PRIMARY KEY (tenant, id, number)
) STRICT;

CREATE TABLE alias_share (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    alias    TEXT    NOT NULL,
    position INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    percent  INTEGER NOT NULL,
    PRIMARY KEY (tenant, id, alias, position)
) STRICT, WITHOUT ROWID;

-- The newest changes; older ones are dropped.
CREATE TABLE change (
    revision INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    id       TEXT NOT NULL
) STRICT;

CREATE TABLE artifact (
    sha256     TEXT    PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    format     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
