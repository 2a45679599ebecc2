/**
 * Fixtures for tests: a bare machine to run assembly on, guest images, and the tools that are
 * installed. Not shipped; it contains no tests.
 */
package atoll.testkit;
