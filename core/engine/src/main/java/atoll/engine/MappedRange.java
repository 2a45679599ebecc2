package atoll.engine;

/**
 * Addresses that a guest's table maps one after another with the same rights.
 *
 * @param virtual the first one
 * @param physical what it is mapped to, by the first stage
 * @param bytes how many
 * @param flags bits 7 to 0 of the entries: D A G U X W R V (priv §10.4.1)
 */
public record MappedRange(long virtual, long physical, long bytes, int flags) {}
