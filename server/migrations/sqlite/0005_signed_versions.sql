-- What the content of the version that was shown hashes to, so that the proof's signature is for those very texts. Null in
-- proofs that were stored before, and in erased ones.
ALTER TABLE proof ADD COLUMN version_sha256 BLOB;
