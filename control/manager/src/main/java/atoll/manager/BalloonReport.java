package atoll.manager;

/**
 * The result of asking a guest for memory.
 *
 * @param asked bytes that it is asked for in all
 * @param given bytes that it has given so far
 * @param driven whether it has a driver that hears the request; otherwise it does once it has one
 */
public record BalloonReport(long asked, long given, boolean driven) {}
