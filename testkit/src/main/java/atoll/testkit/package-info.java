/**
 * Fixtures for tests: a bare machine to run assembly on, guest images, and what is installed here.
 * Not shipped; no test lives here.
 */
package atoll.testkit;
