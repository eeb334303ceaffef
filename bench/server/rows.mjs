/**
 * Many proofs at once, straight into the database: one that a server has stored, under new identifiers, spread over the
 * days before. They have the shape and the size of real ones and are found like them; their signatures are not theirs.
 */
import { env } from '../../scripts/lib.mjs';
import { output } from './load.mjs';

/** The chain in which they stand, in the order in which they were added; there is no such chain. */
export const RUN = '00000000-0000-7000-8000-000000000000';
/** How many are added in one transaction. */
const TOGETHER = 500_000;
/** Each of them comes so long before the next one. */
const MILLISECONDS = 100;

/** Adds so many to the file of a SQLite database. */
export async function addToSqlite(file, count) {
  const sqlite = (sql) =>
    output('sqlite3', [file], env, `PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;\n${sql}`);
  const columns = (await sqlite("SELECT name FROM pragma_table_info('proof');")).trim().split('\n');
  const hex = (length) => `lower(hex(randomblob(${length})))`;
  const uuid = `${hex(4)} || '-' || ${hex(2)} || '-4' || substr(${hex(2)}, 2) || '-8' || substr(${hex(2)}, 2) || '-' || ${hex(6)}`;
  const time = "printf('%012x', start + place * step)";
  const timed = `substr(${time}, 1, 8) || '-' || substr(${time}, 9) || '-7' || substr(${hex(2)}, 2) || '-8' || substr(${hex(2)}, 2) || '-' || ${hex(6)}`;
  const own = {
    consent_id: timed,
    id: uuid,
    session_id: timed,
    date: "strftime('%Y-%m-%dT%H:%M:%fZ', (start + place * step) / 1000.0, 'unixepoch')",
    key_hash: 'randomblob(32)',
    run: `'${RUN}'`,
    number: 'place',
  };
  for (let first = 1; first <= count; first += TOGETHER) {
    const last = Math.min(count, first + TOGETHER - 1);
    await sqlite(`PRAGMA cache_size = -400000;
      WITH RECURSIVE counted (place) AS (SELECT ${first} UNION ALL SELECT place + 1 FROM counted WHERE place < ${last})
      INSERT INTO proof (${columns.join()})
      SELECT ${columns.map((name) => own[name] ?? `one.${name}`).join()}
      FROM (SELECT * FROM proof WHERE run <> '${RUN}' LIMIT 1) AS one, counted,
           (SELECT (unixepoch() * 1000 - ${count * MILLISECONDS}) AS start, ${MILLISECONDS} AS step);`);
  }
  await sqlite('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);');
}

/** Adds so many to a database of PostgreSQL. */
export async function addToPostgres(psql, database, count) {
  const columns = await psql(
    database,
    "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'proof'",
  );
  const time = `lpad(to_hex((extract(epoch FROM now())::bigint * 1000 - ${count * MILLISECONDS}) + place * ${MILLISECONDS}), 12, '0')`;
  const random = 'gen_random_uuid()::text';
  const timed = `substr(${time}, 1, 8) || '-' || substr(${time}, 9) || '-7' || substr(${random}, 16)`;
  const own = {
    consent_id: timed,
    id: random,
    session_id: timed,
    date: 'one.date',
    key_hash: `sha256(${random}::bytea)`,
    run: `'${RUN}'`,
    number: 'place',
  };
  for (let first = 1; first <= count; first += TOGETHER) {
    const last = Math.min(count, first + TOGETHER - 1);
    await psql(
      database,
      `WITH added AS (
         INSERT INTO proof (${columns.trim()})
         SELECT ${columns
           .trim()
           .split(',')
           .map((name) => own[name] ?? `one.${name}`)
           .join()}
         FROM (SELECT * FROM proof WHERE run <> '${RUN}' LIMIT 1) AS one, generate_series(${first}, ${last}) AS place
         RETURNING widget_id, key_hash, consent_id)
       INSERT INTO request (widget_id, key_hash, body_hash, consent_id)
       SELECT widget_id, key_hash, NULL, consent_id FROM added`,
    );
  }
  await psql(database, 'VACUUM ANALYZE');
  await psql(database, 'CHECKPOINT');
}
