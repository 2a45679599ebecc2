/**
 * The store of snapshots and the form of their files, as {@code docs/snapshot-format.md} describes
 * it. A snapshot consists of opaque parts: an encoded state, texts, descriptions of disks, and
 * memory that is mapped copy-on-write. What they mean, and how a machine is made of them, is not
 * known here.
 */
package atoll.snapshot;
