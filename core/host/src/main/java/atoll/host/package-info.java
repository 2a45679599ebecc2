/**
 * Every foreign call of the project: memory mappings, raw memory, file locks and holes; and the
 * host's clock, timers, threads and randomness. One small class per need, with a fallback in plain
 * Java or a clear error where an operating system lacks it; the only module of Atoll with native
 * access.
 *
 * <p>Must not be here: anything about guests.
 */
package atoll.host;
