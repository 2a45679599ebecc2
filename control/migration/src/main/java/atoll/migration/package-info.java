/**
 * Live migration: a system that runs goes on at another host. Here are the protocol between the two
 * ({@code docs/migration-protocol.md}), the decision when the system is stopped for it, and the
 * rules by which never two of it run. What moves is regions of pages and some bytes: virtual
 * machines are not known here, nor keys.
 */
package atoll.migration;
