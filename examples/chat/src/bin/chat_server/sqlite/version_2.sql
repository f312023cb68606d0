BEGIN;
CREATE TABLE message (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL, sender TEXT NOT NULL,
    text TEXT NOT NULL) STRICT;
CREATE INDEX message_room ON message (room, seq);
CREATE TABLE private (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, sender_session TEXT,
    receiver TEXT NOT NULL, receiver_session TEXT, text TEXT NOT NULL) STRICT;
PRAGMA user_version = 2;
COMMIT;
