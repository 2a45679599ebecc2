/**
 * {@code main}: hands the process's arguments, streams, environment and clock to the command line.
 * Must not be here: anything else.
 */
package atoll.app;
