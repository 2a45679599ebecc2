/**
 * Programs that test: the differential fuzzer and its parts. The tests themselves are in {@code
 * src/test}.
 */
package atoll.tests;
