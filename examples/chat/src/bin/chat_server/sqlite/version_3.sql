-- What is said in rooms and what is told in private are one table: `id` is unique, and `seq` gives the order, among all.
BEGIN;
CREATE TABLE new (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT, sender TEXT NOT NULL, sender_session TEXT,
    receiver TEXT, receiver_session TEXT, text TEXT NOT NULL) STRICT;
INSERT INTO new SELECT seq, id, room, sender, NULL, NULL, NULL, text FROM message;
INSERT OR IGNORE INTO new SELECT seq, id, NULL, sender, sender_session, receiver, receiver_session, text FROM private;
DROP TABLE message;
DROP TABLE private;
ALTER TABLE new RENAME TO message;
CREATE INDEX message_room ON message (room, seq) WHERE room IS NOT NULL;
CREATE INDEX message_sender ON message (sender_session, seq) WHERE sender_session IS NOT NULL;
CREATE INDEX message_receiver ON message (receiver_session, seq) WHERE receiver_session IS NOT NULL;
PRAGMA user_version = 3;
COMMIT;
