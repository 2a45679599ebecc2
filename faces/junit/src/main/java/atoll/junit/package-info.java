/**
 * A JUnit extension: a test's parameters are systems of virtual machines or single ones, which are
 * started for it and closed after it, and described in a report if it fails.
 *
 * <p>{@link atoll.junit.Guest} and {@link atoll.junit.Scenario} say what a parameter is; {@link
 * atoll.junit.AtollExtension} can also be registered with a builder.
 */
package atoll.junit;
