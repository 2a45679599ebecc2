package atoll.engine;

/**
 * The answer to a guest's batch of updates.
 *
 * @param applied how many of its first updates are done with, everything that follows from them
 *     included
 * @param status what became of the next one
 */
public record TableReply(TableStatus status, int applied) {}
